import { expect } from 'vitest';
import { equalityTesters } from './support/equality.ts';

expect.addEqualityTesters(equalityTesters);
