/**
 * Running graphs on ONNX Runtime: in Node in a process of its own, in browsers with WebAssembly or WebGPU.
 *
 * @module latentsync/runtime
 */
export * from './index.ts';
export { createRuntime, type ProcessRuntime } from './child-process-runtime-node.ts';
export type { RuntimeOptions } from './hosted-runtime-node.ts';
