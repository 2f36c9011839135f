// JobInputs: the files that a job reads, as they were when it began; whether they still are.
import { fileState } from '../media/media-identity-node.ts';
import { pathOf } from '../media/input-file-node.ts';
import type { MediaInput } from '../media/media-input.ts';
import { LatentSyncError } from '../util/errors.ts';
import { printable } from '../util/printable.ts';
import { option, wording } from '../util/wording.ts';

/** Where something is kept that was made of an input. */
interface Store<Origin, Value> {
  read(origin: Origin): Promise<Value | undefined>;
  write(origin: Origin, value: Value): Promise<boolean>;
}

/** The inputs of a job. What is not a file of this machine does not change. */
export class JobInputs {
  readonly #states: readonly { input: MediaInput; state: string | undefined }[];

  private constructor(states: readonly { input: MediaInput; state: string | undefined }[]) {
    this.#states = states;
  }

  /** Notes how the inputs are, before anything of them is read. */
  static async note(inputs: Iterable<MediaInput>): Promise<JobInputs> {
    const states = [...inputs].map(async (input) => ({
      input,
      state: await fileState(input).catch(() => undefined),
    }));
    return new JobInputs(await Promise.all(states));
  }

  /**
   * Checks that the inputs are as they were. What was made of them until now may be kept only then: a part that belongs to one file
   * and the rest to another would be worse than nothing.
   *
   * @throws LatentSyncError `file-not-found` or `input-invalid`.
   */
  async check(): Promise<void> {
    for (const { input, state } of this.#states) {
      const name = printable(pathOf(input) ?? '');
      const now = await fileState(input).catch((error: unknown) => {
        if (!(error instanceof LatentSyncError && error.code === 'file-not-found')) throw error;
        throw new LatentSyncError('file-not-found', wording`${name} was removed during the job.`, {
          remedy: 'Put it back.',
          cause: error,
        });
      });
      if (now === state) continue;
      throw new LatentSyncError('input-invalid', wording`${name} was changed during the job.`, {
        remedy: wording`Put the old file back, or set ${option('fresh')} to start anew with this one.`,
      });
    }
  }

  /** Returns a store that takes nothing once an input has changed. */
  guard<Origin, Value>(store: Store<Origin, Value>): Store<Origin, Value> {
    return {
      read: (origin) => store.read(origin),
      write: async (origin, value) => {
        await this.check();
        return store.write(origin, value);
      },
    };
  }
}
