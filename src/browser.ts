// The package in browsers: the core, and what works with Web APIs.
export * from './index.ts';

export { createWebRuntime, type WebRuntimeOptions } from './runtime/web-runtime.ts';
export { createVideoOnTarget } from './media/webcodecs-encoder.ts';
