import { createWasmBackend } from '../../../src/backend/wasm/engine.ts';
import { backendSuite } from '../suite.ts';

backendSuite('wasm, 2 threads', () => createWasmBackend({ threads: 2 }));
backendSuite('wasm, 1 thread', () => createWasmBackend({ threads: 1 }));
backendSuite('wasm without threads', () => createWasmBackend({ threads: 0 }));
