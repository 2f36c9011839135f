// The state of a training run on disk: everything that the next step depends on, written whole or not at all.
import { existsSync } from 'node:fs';
import { openCheckpointFile, writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import { toFloat32, Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { option, wording } from '../util/wording.ts';
import type { ParameterLayout } from './parameter-layout.ts';

/** What a run resumes from. */
export interface TrainingState {
  /** Steps done. */
  step: number;
  parameters: Float32Array;
  /** Moving average of the parameters. */
  average: Float32Array;
  moment1: Float32Array;
  moment2: Float32Array;
}

const VECTORS = ['parameters', 'average', 'moment1', 'moment2'] as const;

function describeLayout(layout: ParameterLayout): string {
  return Array.from(layout.entries, ([key, { shape }]) => `${key}[${shape.join(',')}]`).join(' ');
}

/** Writes a run's state. */
export async function writeTrainingState(path: string, state: TrainingState, layout: ParameterLayout): Promise<void> {
  const tensors = new Map(VECTORS.map((name) => [name, Tensor.float32([layout.size], state[name])]));
  await writeSafetensorsFile(
    path,
    { tensors, read: (key) => Promise.resolve(tensors.get(key as (typeof VECTORS)[number])!) },
    { metadata: { step: String(state.step), layout: describeLayout(layout) } },
  );
}

/**
 * Reads a run's state; undefined if there is none yet.
 *
 * @throws LatentSyncError `config-invalid` when the state belongs to another network.
 */
export async function readTrainingState(path: string, layout: ParameterLayout): Promise<TrainingState | undefined> {
  if (!existsSync(path)) return undefined;
  await using file = await openCheckpointFile(path);
  if (file.metadata.layout !== describeLayout(layout)) {
    throw new LatentSyncError(
      'config-invalid',
      wording`${path} is the state of another network: its parameters differ from those to be trained.`,
      { remedy: wording`Choose another ${option('output')}, or delete the file to start from scratch.` },
    );
  }
  const read = async (name: string): Promise<Float32Array> => toFloat32(await file.read(name)).data;
  return {
    step: Number(file.metadata.step),
    parameters: await read('parameters'),
    average: await read('average'),
    moment1: await read('moment1'),
    moment2: await read('moment2'),
  };
}
