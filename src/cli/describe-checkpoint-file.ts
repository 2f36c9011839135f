// What is in a checkpoint file.
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { describeCheckpoint, type CheckpointDescription } from '../checkpoint/describe-checkpoint.ts';

/** Returns what is in a checkpoint file; fails as `openCheckpointFile` does. */
export async function describeCheckpointFile(path: string): Promise<CheckpointDescription> {
  await using checkpoint = await openCheckpointFile(path);
  return describeCheckpoint(checkpoint);
}
