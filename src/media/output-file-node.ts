// The paths that a job's results go to, checked before work begins.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { LatentSyncError } from '../util/errors.ts';
import { fileError, saysAbsent, saysUnnameable } from '../util/file-errors.ts';
import { printable } from '../util/printable.ts';
import { linkTarget } from '../util/whole-file-node.ts';
import { wording } from '../util/wording.ts';

/** A format of output files, and how they are named. */
export interface OutputFormat {
  /** As a message says it: `an MP4 file`. */
  readonly name: string;
  /** Lower case, with the dot; the usual one first. */
  readonly extensions: readonly [string, ...string[]];
  /** A file name for messages: `result`. */
  readonly stem: string;
}

/** What to do about an output that cannot be written. */
export const ANOTHER_FILE = 'Choose another output file.';

/**
 * Checks that a file can be written at `outputPath`, is not one of the inputs under another name or link, and has the
 * extension of its format.
 *
 * @throws LatentSyncError `output-not-writable` or `output-is-input`.
 */
export async function checkOutput(
  outputPath: string,
  inputPaths: readonly string[],
  format: OutputFormat,
): Promise<void> {
  const example = format.stem + format.extensions[0];
  const name = printable(outputPath);
  if (basename(outputPath) === '' || /[\\/]$/.test(outputPath)) {
    throw notWritable(name, 'is not a file name.', `Choose a file name, such as ${example}.`);
  }
  const existing = await stat(outputPath, { bigint: true }).catch((error: unknown) => {
    if (saysAbsent(error) && !saysUnnameable(error)) return undefined;
    throw asOutputError(error, outputPath);
  });
  if (existing) {
    if (existing.isDirectory()) {
      const inside = printable(join(outputPath, example));
      throw notWritable(name, 'is a folder.', `Choose a file inside it, such as ${inside}.`);
    }
    if (!existing.isFile()) throw notWritable(name, 'is not a regular file.', ANOTHER_FILE);
    for (const inputPath of inputPaths) {
      const input = await statOrUndefined(inputPath);
      if (input && input.ino === existing.ino && input.dev === existing.dev) {
        throw new LatentSyncError(
          'output-is-input',
          wording`${name} is one of the inputs (${inputPath}) and would be overwritten.`,
          { remedy: ANOTHER_FILE },
        );
      }
    }
    if (!(await isWritable(outputPath))) throw notWritable(name, 'is write-protected.', ANOTHER_FILE);
  }
  const folderPath = dirname(await linkTarget(outputPath));
  const folder = await statOrUndefined(folderPath);
  const folderName = printable(folderPath);
  if (!folder)
    throw notWritable(name, `cannot be written: the folder ${folderName} does not exist.`, 'Create the folder first.');
  if (!folder.isDirectory())
    throw notWritable(name, `cannot be written: ${folderName} is not a folder.`, 'Choose another folder.');
  if (!(await isWritable(folderPath))) {
    throw notWritable(name, `cannot be written: its folder (${folderName}) is not writable.`, 'Choose another folder.');
  }
  checkExtension(outputPath, format);
}

function checkExtension(outputPath: string, { name, extensions }: OutputFormat): void {
  const extension = extname(outputPath);
  if (extensions.includes(extension.toLowerCase())) return;
  const fitting = join(dirname(outputPath), basename(outputPath, extension) + extensions[0]);
  throw notWritable(
    printable(outputPath),
    `cannot be written: the output is ${name}, whose name must end in ${alternatives(extensions)}.`,
    `Name it ${printable(fitting)}.`,
  );
}

/** Returns words as people list them: `a, b or c`. */
function alternatives(words: readonly string[]): string {
  return words.join(', ').replace(/, ([^,]*)$/, ' or $1');
}

/** Returns a failure to write a file in words, and any other error unchanged. */
export function asOutputError(error: unknown, outputPath: string): unknown {
  return fileError(error, outputPath, { doing: 'write', remedy: ANOTHER_FILE });
}

function notWritable(name: string, fault: string, remedy: string): LatentSyncError {
  return new LatentSyncError('output-not-writable', wording`${name} ${fault}`, { remedy });
}

async function statOrUndefined(path: string) {
  return stat(path, { bigint: true }).catch(() => undefined);
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
