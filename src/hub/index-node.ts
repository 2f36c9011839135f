/**
 * Which models there are, which of them are here, and getting the others.
 *
 * @module latentsync/hub
 */
export * from './index.ts';
export { cacheDirectory, type CacheDirectoryOptions } from './cache-directory-node.ts';
export { listModels, type ModelFileState, type ModelState } from './model-state-node.ts';
export { pullModel, type PullOptions } from './pull-model-node.ts';
export { resolveModel, type ResolveOptions } from './resolve-model-node.ts';
export type { Environment } from './hub-source-node.ts';
export type { LockOptions } from './lock-node.ts';
export type { Retry, RetryOptions } from './request-node.ts';
export type { JobProgress, OnProgress, Progress } from '../util/progress.ts';
