// The results of a batch: JSON lines, one for each job that ended, on disk before the next one begins.
import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { pathOf } from '../../media/input-file-node.ts';
import { jobFiles } from '../../pipelines/job-files.ts';
import type { LipsyncOptions } from '../../pipelines/lipsync-options.ts';
import type { LipsyncResult } from '../../pipelines/lipsync-pipeline-node.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { fileError } from '../../util/file-errors.ts';
import { printable } from '../../util/printable.ts';
import { syncFolder } from '../../util/sync-folder-node.ts';
import type { BatchJob } from './batch-jobs.ts';

/** A file as it was when a job used it, or as it is. */
interface FileState {
  readonly bytes: number;
  /** When it was changed last, in milliseconds since 1970. */
  readonly modified: number;
}

/** The files of a job; those that are not on this machine are left out. */
export type JobFiles = Readonly<Record<string, FileState>>;

/** A line of the results. */
export type BatchRecord =
  | ({
      readonly line: number;
      readonly status: 'done';
      /** The job, as it was written. */
      readonly options: BatchJob['written'];
      readonly files: JobFiles;
    } & Omit<LipsyncResult, 'output'>)
  | {
      readonly line: number;
      readonly status: 'failed';
      /** Left out where the line could not be read. */
      readonly options?: BatchJob['written'];
      readonly error: {
        readonly code: string;
        readonly exitStatus: number;
        readonly message: string;
      };
    };

/** Options that say where and how fast a job is done, and not what comes out. */
const incidental = new Set(['cache', 'device', 'threads']);

/** Returns the states of a job's files that are there. */
export async function filesOf(options: LipsyncOptions): Promise<JobFiles> {
  const states: Record<string, FileState> = {};
  for (const [name, input] of [...jobFiles(options), ['output', options.output] as const]) {
    const path = pathOf(input);
    const stats = path === undefined ? undefined : await stat(path).catch(() => undefined);
    if (stats) states[name] = { bytes: stats.size, modified: stats.mtimeMs };
  }
  return states;
}

/** What identifies a job among the results: everything that decides what comes out, as JSON. */
function keyOf(options: BatchJob['written']): string {
  const deciding = Object.entries(options).filter(([name, value]) => value !== undefined && !incidental.has(name));
  return JSON.stringify(deciding.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A file of results. Disposing closes it. */
export class BatchResults implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  /** The jobs that were done, by their keys. */
  readonly #done = new Map<string, Pick<BatchRecord & { status: 'done' }, 'files' | 'check'>>();
  #length = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Opens results, or begins them. A last line that was only half written is removed.
   *
   * @throws LatentSyncError `input-invalid` when the file holds anything else; as `fileError` has it when it cannot be read or written.
   */
  static async open(path: string): Promise<BatchResults> {
    const file = await open(path, 'a+').catch((error: unknown) => {
      throw fileError(error, path, { doing: 'write', what: 'The file of results' });
    });
    const results = new BatchResults(path, file);
    try {
      await syncFolder(dirname(path));
      await results.#read();
      return results;
    } catch (error) {
      await file.close();
      throw fileError(error, path);
    }
  }

  async #read(): Promise<void> {
    const bytes = await this.#file.readFile();
    this.#length = bytes.lastIndexOf('\n') + 1;
    const lines = bytes.toString('utf8', 0, this.#length).split('\n').slice(0, -1);
    for (const [index, text] of lines.entries()) {
      const record = recordOf(text);
      if (!record) {
        throw new LatentSyncError('input-invalid', `Line ${index + 1} of ${printable(this.path)} is not a result.`, {
          remedy: 'Remove that line, or choose another file for the results.',
        });
      }
      if (record.status === 'done') this.#done.set(keyOf(record.options), record);
    }
    if (this.#length < bytes.length) await this.#file.truncate(this.#length);
  }

  /** Returns what was found of a job that was done before, if its files are as they were then. */
  async find({ written, options }: BatchJob): Promise<{ isOutOfSync: boolean } | undefined> {
    const done = this.#done.get(keyOf(written));
    if (done?.files.output === undefined || !isDeepStrictEqual(await filesOf(options), done.files)) return undefined;
    return { isOutOfSync: done.check?.passed === false };
  }

  /**
   * Adds a line, and waits until it is on disk.
   *
   * @throws LatentSyncError `insufficient-disk` or `output-not-writable`; the file ends with the line before.
   */
  async add(record: BatchRecord): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    try {
      await this.#file.appendFile(line);
      await this.#file.datasync();
      this.#length += line.length;
    } catch (error) {
      await this.#file.truncate(this.#length).catch(() => undefined); // the next start does it otherwise
      throw fileError(error, this.path, { doing: 'write', what: 'The file of results' });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

function recordOf(text: string): BatchRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<BatchRecord> | null;
    if (record?.status === 'failed') return record as BatchRecord;
    const { status, options, files } = (record ?? {}) as Partial<BatchRecord & { files: JobFiles }>;
    return status === 'done' && options && files ? (record as BatchRecord) : undefined;
  } catch {
    return undefined;
  }
}
