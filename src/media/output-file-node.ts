// The file that a video is written to: checked before work begins, written next to its destination, renamed when complete.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, type FileHandle, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { StreamTarget, type StreamTargetChunk } from 'mediabunny';
import { LatentSyncError } from '../util/errors.ts';
import { fileError, saysAbsent, saysUnnameable } from '../util/file-errors.ts';
import { printable } from '../util/printable.ts';
import { removeAtExit } from '../util/temporary-paths-node.ts';
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

const ANOTHER_FILE = 'Choose another output file.';

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
  const folderPath = dirname(await finalPath(outputPath));
  const folder = await statOrUndefined(folderPath);
  const folderName = printable(folderPath);
  if (!folder)
    throw notWritable(name, `cannot be written: the folder ${folderName} does not exist.`, 'Create the folder first.');
  if (!folder.isDirectory())
    throw notWritable(name, `cannot be written: ${folderName} is not a folder.`, 'Choose another folder.');
  if (!(await isWritable(folderPath))) {
    throw notWritable(name, `cannot be written: you may not write to ${folderName}.`, 'Choose another folder.');
  }
  checkExtension(outputPath, format);
}

function checkExtension(outputPath: string, { name, extensions }: OutputFormat): void {
  const extension = extname(outputPath);
  if (extensions.includes(extension.toLowerCase())) return;
  const fitting = join(dirname(outputPath), basename(outputPath, extension) + extensions[0]);
  throw notWritable(
    printable(outputPath),
    `cannot be written: the output is ${name}, whose name must end in ${extensions.join(' or ')}.`,
    `Name it ${printable(fitting)}.`,
  );
}

/** A file being written. Disposing of it, or exiting, before {@link commit} deletes it. */
export class PartialFile implements AsyncDisposable {
  /** Where the bytes go until the file is complete: a hidden name in the same folder. */
  readonly path: string;
  /** Open for reading and writing. */
  readonly handle: FileHandle;
  readonly #outputPath: string;
  readonly #forget: () => void;
  #open = true;

  private constructor(path: string, handle: FileHandle, outputPath: string) {
    this.path = path;
    this.handle = handle;
    this.#outputPath = outputPath;
    this.#forget = removeAtExit(path);
  }

  /** Creates the file. @throws LatentSyncError `output-not-writable`. */
  static async create(outputPath: string): Promise<PartialFile> {
    const target = await finalPath(outputPath);
    const extension = extname(target);
    const stem = Array.from(basename(target, extension)).slice(0, 40).join(''); // well below the limit for names
    const path = join(dirname(target), `.${stem}.part-${randomBytes(6).toString('hex')}${extension}`);
    try {
      return new PartialFile(path, await open(path, 'wx+'), target);
    } catch (error) {
      throw asOutputError(error, outputPath);
    }
  }

  /** A Mediabunny target that writes to the file. */
  createTarget(): StreamTarget {
    const sink = new WritableStream<StreamTargetChunk>({
      write: ({ data, position }) => this.write(data, position),
    });
    return new StreamTarget(sink, { chunked: true, chunkSize: 1 << 22 });
  }

  /** Writes all of the bytes at a position. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await this.handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }

  /** Moves the complete file to its destination, replacing an existing one. */
  async commit(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    await rename(this.path, this.#outputPath);
    this.#forget();
    this.#open = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.handle.close().catch(() => undefined); // already closed if commit failed halfway
    await rm(this.path, { force: true });
    this.#forget();
  }
}

/** Returns a failure to write a file in words, and any other error unchanged. */
export function asOutputError(error: unknown, outputPath: string): unknown {
  return fileError(error, outputPath, { doing: 'write', remedy: ANOTHER_FILE });
}

function notWritable(name: string, fault: string, remedy: string): LatentSyncError {
  return new LatentSyncError('output-not-writable', wording`${name} ${fault}`, { remedy });
}

/** The path behind links, so that a link stays one and its target is replaced; the target need not exist yet. */
async function finalPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const target = saysAbsent(error) ? await readlink(path).catch(() => undefined) : undefined;
    return target === undefined ? path : finalPath(resolve(dirname(path), target));
  }
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
