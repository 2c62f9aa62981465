import { expect } from 'vitest';
import { compareQuickly } from './support/equality.ts';

compareQuickly(expect.addEqualityTesters);
