// JobJournal: a hidden folder beside the output in which a job keeps what is finished, so that the same job can go on after any end.
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { cacheDirectory, ensureDirectory } from '../hub/cache-directory-node.ts';
import { makeDirectory } from '../hub/files-node.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError, saysAbsent } from '../util/file-errors.ts';
import { printable } from '../util/printable.ts';
import { syncFolder } from '../util/sync-folder-node.ts';
import { linkTarget, UNFINISHED_EXTENSION, unfinishedNameOf, writeWholeFile } from '../util/whole-file-node.ts';
import { option, wording } from '../util/wording.ts';
import { fromLevel, toLevel } from './face-windows.ts';
import type { JobWindowStore, LaneWindowStore } from './lipsync-pipeline.ts';
import { ProcessLock } from './process-lock-node.ts';

/** What a job's result depends on: by name, as JSON. Two jobs with the same values give the same bytes. */
export type JobIdentity = Readonly<Record<string, unknown>>;

/** What a journal says of its job. */
export interface JournalRecord {
  /** The file that the job writes. */
  output: string;
  identity: JobIdentity;
  /** When the job was started first, in ISO 8601. */
  startedAt: string;
  /** Frames that the output has, and how many of them are safe. */
  frames: number;
  framesSafe: number;
}

const RECORD_NAME = 'job.json';
const LOCK_NAME = 'lock';
const WINDOW_PREFIX = 'window-';
const FOLDER_SUFFIX = '.latentsync';
/** Well below the limit for names, whatever the characters. */
const LONGEST_STEM = 40;

/** Returns the folder of the journal of an output. */
export function journalFolder(output: string, workDir?: string): string {
  const path = resolve(output);
  const name = basename(path);
  const stem = Array.from(name).slice(0, LONGEST_STEM).join('');
  const hash = (text: string): string => `-${crc32(text).toString(16).padStart(8, '0')}`;
  if (workDir !== undefined) return join(workDir, `${stem}${hash(path)}${FOLDER_SUFFIX}`);
  return join(dirname(path), `.${stem}${stem === name ? '' : hash(name)}${FOLDER_SUFFIX}`);
}

/** How a journal is opened. */
export interface OpenJournalOptions {
  output: string;
  identity: JobIdentity;
  frames: number;
  /** Folder for journals. Default: that of the output. */
  workDir?: string;
  /** Removes what an earlier job has left. Default false. */
  fresh?: boolean;
  /** Keeps drawn faces exactly, not rounded to 256 levels. Default false. */
  exact?: boolean;
}

/** The journal of one job. While it is open, no other process can open it. */
export class JobJournal implements JobWindowStore {
  readonly folder: string;
  /** What messages call what is written to it: the output that lies beside it, or the folder where that is another one. */
  readonly name: string;
  readonly #record: JournalRecord;
  readonly #lock: ProcessLock;
  readonly #exact: boolean;

  private constructor(folder: string, record: JournalRecord, lock: ProcessLock, exact: boolean) {
    this.folder = folder;
    this.name = dirname(folder) === dirname(record.output) ? record.output : folder;
    this.#record = record;
    this.#lock = lock;
    this.#exact = exact;
  }

  /**
   * Opens the journal of an output, or starts one.
   *
   * @throws LatentSyncError `locked` when another process works on that output, `journal-mismatch` when it is that of another
   * job, `journal-damaged` when it cannot be read, `output-not-writable` or `insufficient-disk`.
   */
  static async open({
    output,
    identity,
    frames,
    workDir,
    fresh = false,
    exact = false,
  }: OpenJournalOptions): Promise<JobJournal> {
    const folder = journalFolder(output, workDir);
    await makeDirectory(folder, {
      remedy: wording`Choose a folder that you may write to, for the output or with ${option('workDir')}.`,
    });
    const lock = await ProcessLock.acquire(join(folder, LOCK_NAME), wording`write ${printable(output)}`);
    try {
      if (fresh) await emptyJournal(folder);
      const kept = await readRecord(folder);
      if (kept) checkSameJob(kept, identity, output);
      else await emptyJournal(folder); // nobody knows of which job that is
      const record = kept ?? {
        output: resolve(output),
        identity,
        startedAt: new Date().toISOString(),
        frames,
        framesSafe: 0,
      };
      const journal = new JobJournal(folder, record, lock, exact);
      await removeUnfinished(folder);
      await removeUnfinishedOutput(folder, output);
      if (!kept) {
        await journal.#write();
        await noteFolder(dirname(folder));
      }
      return journal;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The hidden name of the output until it is complete. What a killed process leaves there, the next one finds. */
  get unfinishedOutput(): string {
    return unfinishedOutputOf(this.folder, this.#record.output);
  }

  /** Notes how many frames the output has, where that is known only after the journal is opened. */
  async setFrames(frames: number): Promise<void> {
    if (this.#record.frames === frames) return;
    this.#record.frames = frames;
    await this.#write();
  }

  /** Notes how many frames are safe. */
  async setFramesSafe(frames: number): Promise<void> {
    this.#record.framesSafe = frames;
    await this.#write();
  }

  async #write(): Promise<void> {
    const record = { ...this.#record, checksum: checksumOf(this.#record) };
    await writeWholeFile(join(this.folder, RECORD_NAME), `${JSON.stringify(record, null, 2)}\n`, {
      name: this.name,
    });
  }

  /** Windows that cannot be read back are drawn again. */
  lane(lane: number): LaneWindowStore {
    const prefix = `${WINDOW_PREFIX}${lane}-`;
    const pathOf = (window: number): string => join(this.folder, `${prefix}${String(window).padStart(7, '0')}.faces`);
    return {
      read: async (window) => {
        let bytes: Buffer;
        try {
          bytes = await readFile(pathOf(window));
        } catch (error) {
          if (saysAbsent(error)) return undefined;
          throw fileError(error, pathOf(window));
        }
        return facesOf(bytes, this.#exact);
      },
      write: async (window, faces) => {
        await writeWholeFile(pathOf(window), bytesOf(faces, this.#exact), { name: this.name });
      },
      forgetBefore: async (window) => {
        try {
          for (const name of await readdir(this.folder)) {
            const number = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
            if (number < window) await rm(join(this.folder, name), { force: true });
          }
        } catch (error) {
          throw fileError(error, this.name, { doing: 'write' });
        }
      },
    };
  }

  /** Whether nothing in it is worth going on with, or it is gone. */
  async isEmpty(): Promise<boolean> {
    const names = await readdir(this.folder).catch(() => []);
    return names.every((name) => name === LOCK_NAME || name === RECORD_NAME || name.endsWith(UNFINISHED_EXTENSION));
  }

  /** Removes the journal: the job is finished, or nothing of it is to be kept. */
  async remove(): Promise<void> {
    try {
      await emptyJournal(this.folder);
      await this.#lock.release();
      await rm(this.folder, { recursive: true, force: true });
    } catch (error) {
      if (!saysAbsent(error)) throw fileError(error, this.folder, { doing: 'write' });
    }
  }

  /** Leaves the journal for the next process. */
  async close(): Promise<void> {
    await this.#lock.release();
  }
}

/**
 * Checks that what an interrupted job has left for an output is of the same job, before anything of it is done.
 *
 * @throws LatentSyncError `journal-mismatch` or `journal-damaged`.
 */
export async function checkJournal(
  identity: JobIdentity,
  { output, workDir, fresh = false }: Pick<OpenJournalOptions, 'output' | 'workDir' | 'fresh'>,
): Promise<void> {
  const kept = fresh ? undefined : await readRecord(journalFolder(output, workDir));
  if (kept) checkSameJob(kept, identity, output);
}

/** Returns what a journal says; undefined where there is none. */
async function readRecord(folder: string): Promise<JournalRecord | undefined> {
  const path = join(folder, RECORD_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw fileError(error, path);
  }
  try {
    const { checksum, ...record } = JSON.parse(text) as JournalRecord & { checksum: unknown };
    if (checksum === checksumOf(record)) return record;
  } catch {
    // told below
  }
  throw new LatentSyncError('journal-damaged', wording`${printable(path)} does not describe an interrupted job.`, {
    remedy: wording`Set ${option('fresh')} to start anew.`,
  });
}

function checksumOf(record: JournalRecord): number {
  return crc32(JSON.stringify(record));
}

function checkSameJob(kept: JournalRecord, identity: JobIdentity, output: string): void {
  const names = [...new Set([...Object.keys(kept.identity), ...Object.keys(identity)])];
  const differing = names.filter((name) => JSON.stringify(kept.identity[name]) !== JSON.stringify(identity[name]));
  if (differing.length === 0) return;
  throw new LatentSyncError(
    'journal-mismatch',
    wording`An interrupted job that was to write ${printable(output)} differs from this one: ${differing.join(', ')}.`,
    {
      remedy: wording`Run that job again to go on with it, set ${option('fresh')} to start anew, or choose another output.`,
    },
  );
}

/** Removes all that is in a journal. The record goes last: as long as anything is there, it says of which job. */
async function emptyJournal(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== LOCK_NAME && name !== RECORD_NAME) await rm(join(folder, name), { recursive: true, force: true });
  }
  await syncFolder(folder);
  await rm(join(folder, RECORD_NAME), { force: true });
}

/** Removes what killed processes were writing. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED_EXTENSION)) await rm(join(folder, name), { force: true });
  }
}

function unfinishedOutputOf(folder: string, output: string): string {
  return unfinishedNameOf(output, crc32(resolve(folder)).toString(16).padStart(8, '0'));
}

async function removeUnfinishedOutput(folder: string, output: string): Promise<void> {
  const target = await linkTarget(output);
  await rm(join(dirname(target), unfinishedOutputOf(folder, output)), { force: true });
}

// A window is its faces, each [3, R, R] in 8 bits or 32-bit floats, after their number and before a checksum.

function bytesOf(faces: readonly Float32Array[], exact: boolean): Buffer {
  const parts = faces.map((face) =>
    exact ? Buffer.from(face.buffer, face.byteOffset, face.byteLength) : levelsOf(face),
  );
  const count = Buffer.alloc(4);
  count.writeUInt32LE(faces.length);
  const contents = Buffer.concat([count, ...parts]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(contents));
  return Buffer.concat([contents, checksum]);
}

function facesOf(bytes: Buffer, exact: boolean): Float32Array[] | undefined {
  if (bytes.length < 8) return undefined;
  const contents = bytes.subarray(0, -4);
  if (crc32(contents) !== bytes.readUInt32LE(contents.length)) return undefined;
  const count = contents.readUInt32LE(0);
  const faceBytes = (contents.length - 4) / count;
  return Array.from({ length: count }, (_, index) => {
    const face = Uint8Array.from(contents.subarray(4 + index * faceBytes, 4 + (index + 1) * faceBytes));
    return exact ? new Float32Array(face.buffer) : valuesOf(face);
  });
}

// Loops, because `from` with a function takes thirty times as long.

function levelsOf(values: Float32Array): Buffer {
  const levels = Buffer.allocUnsafe(values.length);
  for (let i = 0; i < values.length; i++) levels[i] = toLevel(values[i]);
  return levels;
}

function valuesOf(levels: Uint8Array): Float32Array {
  const values = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i++) values[i] = fromLevel(levels[i]);
  return values;
}

/** Where the folders are noted in which there may be journals, so that they are found again. */
function notedFolders(): string {
  return join(cacheDirectory(), 'journals');
}

/** Notes that there may be journals in a folder. What cannot be noted is only not found by itself. */
async function noteFolder(folder: string): Promise<void> {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  try {
    await ensureDirectory(notedFolders());
    await writeWholeFile(join(notedFolders(), `${name}.json`), JSON.stringify({ folder }));
  } catch (error) {
    if (!(error instanceof LatentSyncError)) throw error;
  }
}

/** Returns the journals in all folders in which jobs were started, and forgets the folders without any. */
export async function findAllJournals(): Promise<LeftJournal[]> {
  const journals: LeftJournal[] = [];
  const names = await readdir(notedFolders()).catch(() => []); // no job was started yet
  for (const name of names.filter((name) => name.endsWith('.json'))) {
    const path = join(notedFolders(), name);
    try {
      const { folder } = JSON.parse(await readFile(path, 'utf8')) as { folder: string };
      const found = await findJournals(folder);
      journals.push(...found);
      if (found.length > 0) continue;
    } catch {
      // The folder, or the note, is gone.
    }
    await rm(path, { force: true });
  }
  return journals.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** A journal that an interrupted job has left. */
export interface LeftJournal extends JournalRecord {
  folder: string;
  /** Bytes of its files. */
  size: number;
  /** When it was last written. */
  changedAt: Date;
  /** Whether a process works on it. */
  isRunning: boolean;
}

/** Returns the journals in a folder, by output. */
export async function findJournals(folder: string): Promise<LeftJournal[]> {
  const journals: LeftJournal[] = [];
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileError(error, folder, { what: 'The folder' });
  });
  for (const name of names.filter((name) => name.endsWith(FOLDER_SUFFIX)).sort()) {
    const path = join(folder, name);
    const record = await readRecord(path).catch(() => undefined);
    if (!record) continue;
    const files = await filesOf(path);
    const changed = Math.max(...files.map(({ mtimeMs }) => mtimeMs));
    const isRunning = await ProcessLock.isHeld(join(path, LOCK_NAME));
    journals.push({ ...record, folder: path, size: sizeOf(files), changedAt: new Date(changed), isRunning });
  }
  return journals;
}

/** Returns how many bytes a journal has; 0 where there is none. */
export async function journalSize(folder: string): Promise<number> {
  return sizeOf(await filesOf(folder));
}

async function filesOf(folder: string): Promise<Stats[]> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return files.filter((file) => file !== undefined); // a running job may just have removed some
}

function sizeOf(files: readonly Stats[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Removes a journal that no process works on.
 *
 * @throws LatentSyncError `locked` when one does.
 */
export async function removeJournal({ folder, output }: LeftJournal): Promise<void> {
  const lock = await ProcessLock.acquire(join(folder, LOCK_NAME), wording`write ${printable(output)}`);
  try {
    await removeUnfinishedOutput(folder, output);
    await emptyJournal(folder);
  } finally {
    await lock.release();
  }
  await rm(folder, { recursive: true, force: true });
}
