/**
 * Running graphs on ONNX Runtime: in Node in a process of its own, in browsers with WebAssembly or WebGPU.
 *
 * @module latentsync/runtime
 */
export {
  devices,
  type Device,
  type Feed,
  type KeptTensor,
  type RunOptions,
  type Runtime,
  type RuntimeModel,
  type Session,
  type SessionOptions,
} from './runtime.ts';
export { createWebRuntime, type WebRuntimeOptions } from './web-runtime.ts';
export { Tensor, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
