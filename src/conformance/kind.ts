// Kind: how one kind of golden file is reproduced. Everything that differs between files is read from the file.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { Module } from '../nn/module.ts';
import { bindWeights } from '../nn/weights.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import type { Comparison } from './comparison.ts';
import type { GoldenFile } from './golden-file.ts';

/** What reproducing a golden file may need from around it. */
export interface KindContext {
  /** Where networks run. */
  readonly runtime: Runtime;
  readonly signal: AbortSignal | undefined;
  /** Returns the 16 kHz samples of the speech that the file was made from, −1 to 1. */
  samples(): Promise<Float32Array>;
  /** Returns the weights that stand for a prefix; large ones are in a file, so that they are not held in memory. */
  weights(network: Module, prefix: string): Promise<Checkpoint>;
  /** Returns the path of a file or folder that a golden file names relative to the golden folder. */
  locate(path: string): Promise<string>;
}

/** Reproduces a golden file and yields how the results compare with it. */
export type Kind = (golden: GoldenFile, context: KindContext) => AsyncGenerator<Comparison>;

/** Loads a graph with its weights. */
export async function loadSession(context: KindContext, graph: Graph, weights: Checkpoint): Promise<Session> {
  return context.runtime.createSession(await bindWeights(graph, weights), { signal: context.signal });
}
