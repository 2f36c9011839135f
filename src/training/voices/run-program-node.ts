// Runs a program of the system to its end: no shell, a limit of time, and an error with a code when it is missing, fails or hangs.
import { execFile } from 'node:child_process';
import { abortError } from '../../util/abort.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';

/** Bytes of output that are taken. */
const MOST_OUTPUT = 1 << 24;
/** Of what a program says about its failure, so many characters are shown. */
const SHOWN = 500;

/**
 * Returns what a program writes to its standard output.
 *
 * @param options.seconds - after which it is ended. Default 120.
 * @throws LatentSyncError `program-missing`; `program-failed` when it ends with another status than 0, or hangs; `aborted`.
 */
export async function runProgram(
  program: string,
  programArguments: readonly string[],
  { seconds = 120, signal }: { seconds?: number; signal?: AbortSignal } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      timeout: 1000 * seconds,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_OUTPUT,
      encoding: 'buffer',
      signal,
    } as const;
    execFile(program, programArguments, options, (error, output, errors) => {
      if (!error) resolve(output);
      else if (signal?.aborted) reject(abortError(signal));
      else if (error.code === 'ENOENT')
        reject(
          new LatentSyncError('program-missing', wording`The program ${program} is not installed.`, { cause: error }),
        );
      else {
        const said = errors.toString('latin1').trim().slice(-SHOWN);
        const how = error.killed ? `was ended after ${seconds} seconds` : `failed: ${said || error.message}`;
        reject(new LatentSyncError('program-failed', wording`The program ${program} ${how}.`, { cause: error }));
      }
    });
  });
}
