import { describe } from 'vitest';
import { fixtureSuite } from './fixture-suite.ts';

describe('nova-snark 0.76.0 on bn-kzg', () => fixtureSuite('bn-kzg'));
