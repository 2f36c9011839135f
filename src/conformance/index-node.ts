/**
 * Checking that everything computes what the official implementation does: whole folders of golden files.
 *
 * @module latentsync/conformance
 */
export { verifyDirectory, type ConformanceReport, type ConformanceResult, type VerifyOptions } from './verify-node.ts';
export type { Measure } from './comparison.ts';
export type { JobProgress, OnProgress, Progress } from '../util/progress.ts';
