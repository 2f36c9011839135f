// Downloads a model: existing files are verified, missing ones are fetched, one process at a time.
import { join } from 'node:path';
import { stringify } from 'yaml';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { printable } from '../util/printable.ts';
import { ProgressReporter } from '../util/progress.ts';
import type { OnProgress } from '../util/progress.ts';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { action, joinWording, wording } from '../util/wording.ts';
import { cacheDirectory, ensureDirectory, modelDirectory } from './cache-directory-node.ts';
import { downloadFile, inspectFile } from './download-node.ts';
import type { RemoteFile } from './download-node.ts';
import { fileSha256, fileSize } from './files-node.ts';
import { formatBytes } from './format-bytes.ts';
import { fileUrl, hubSource } from './hub-source-node.ts';
import type { Environment, HubSource } from './hub-source-node.ts';
import { withLock } from './lock-node.ts';
import type { LockOptions } from './lock-node.ts';
import { findDownload, modelLayout } from './model-registry.ts';
import type { DownloadableAutoencoder, DownloadableModel, ModelPart } from './model-registry.ts';
import { modelFileStates } from './model-state-node.ts';
import type { ModelFileState } from './model-state-node.ts';
import { officialSchedulerConfig } from './official-configs.ts';
import { partPaths } from './partial-download-node.ts';
import type { RetryOptions } from './request-node.ts';
import { checkDisk } from './resources-node.ts';
import { TransferError } from './transfer-error.ts';

/** How a model is downloaded. */
export interface PullOptions {
  /** Cache directory; default {@link cacheDirectory}. */
  cache?: string;
  /** Which files; default `inference`, those that lip-syncing needs. */
  parts?: ModelPart | readonly ModelPart[];
  /** Where HF_ENDPOINT, HF_TOKEN and so on are looked up; default this process's environment. */
  environment?: Environment;
  /** How broken connections are retried, and who is notified. */
  retry?: RetryOptions;
  /** How long to wait for another process that downloads the same model. */
  lock?: Pick<LockOptions, 'timeoutSeconds' | 'staleSeconds'>;
  signal?: AbortSignal;
  /** Stages `wait` (seconds, while another process downloads), `checksum` (bytes), `inspect` (files), `download` (bytes). */
  onProgress?: OnProgress;
}

/** A file to download, and what is known about it. */
interface MissingFile extends ModelFileState {
  readonly url: string;
  readonly size: number | undefined;
  readonly sha256: string | undefined;
}

const REPORT_MILLISECONDS = 100;

/**
 * Downloads the files of a model, or of the autoencoder `taesd`, that are missing from the cache, and verifies the sha256 of those that exist; a damaged
 * one is fetched again. An interrupted download resumes where it stopped, even in a later process.
 *
 * @param model A known name, or a definition.
 * @returns The model's folder; undefined for a model that comes with the package.
 * @throws OptionError for a part that the model does not have.
 * @throws LatentSyncError with code `model-unknown`, `download-failed` (naming each missing file, where it comes from and
 *   where it goes), `insufficient-disk`, `output-not-writable`, `locked` or `aborted`.
 *
 * @example
 * await pullModel('1.6', { onProgress: ({ stage, done, total }) => console.log(stage, done, total) });
 */
export async function pullModel(
  model: string | DownloadableModel | DownloadableAutoencoder,
  options: PullOptions = {},
): Promise<string | undefined> {
  const definition = typeof model === 'string' ? findDownload(model) : model;
  if (definition.kind === 'embedded') return undefined;
  const parts = partsOf(definition, options.parts);
  const { cache = cacheDirectory(), lock, signal, onProgress } = options;
  const source = await hubSource(options.environment);
  const lockPath = join(cache, 'locks', `model-${definition.name}.lock`);
  const what = `download model ${definition.name}`;
  try {
    return await withLock(lockPath, what, { ...lock, signal, onProgress }, (signalOrLost) =>
      pullLocked(definition, source, cache, { ...options, parts, signal: signalOrLost }),
    );
  } catch (error) {
    throw asCacheError(error, cache);
  }
}

/** Returns the parts that are asked for, each of which a model must have. */
function partsOf(
  { name, files }: DownloadableModel | DownloadableAutoencoder,
  wanted: PullOptions['parts'] = 'inference',
): readonly ModelPart[] {
  const parts = [wanted].flat();
  const lacking = parts.find((part) => !files.some((file) => file.part === part));
  if (lacking === undefined) return parts;
  throw new OptionError('parts', `be parts that ${name} has`, lacking);
}

/** Returns a file-system error as one that says where it happened and what to do; any other error unchanged. */
function asCacheError(error: unknown, cache: string): unknown {
  const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : cache;
  return fileError(error, path, {
    doing: 'write',
    remedy: wording`Make the cache directory ${cache} and everything in it writable, or set LATENTSYNC_HOME to another folder.`,
  });
}

async function pullLocked(
  model: DownloadableModel | DownloadableAutoencoder,
  source: HubSource,
  cache: string,
  options: PullOptions & { parts: readonly ModelPart[] },
): Promise<string> {
  const { parts, onProgress, signal } = options;
  const directory = await ensureDirectory(modelDirectory(model.name, cache));
  const states = await modelFileStates(model, parts, cache);
  const missing: MissingFile[] = (await withoutVerified(states, signal, onProgress)).map((state) => ({
    ...state,
    url: fileUrl(source.endpoint, state.file),
    size: state.file.size,
    sha256: state.file.sha256,
  }));
  try {
    const declared = await withDeclared(missing, source, options);
    const received = sum(declared.map(({ state, bytes }) => (state === 'partial' ? bytes : 0)));
    await checkDisk(sum(declared.map(({ size }) => size ?? 0)) - received, directory, `Model ${model.name}`, {
      remedy: 'Free up some space there, or set LATENTSYNC_HOME to a folder on a larger disk.',
    });
    await download(declared, source, options, () => missing.shift());
  } catch (error) {
    throw error instanceof TransferError ? await failure({ model, parts, error, missing, source }) : error;
  }
  if (model.kind === 'autoencoder') return directory;
  const scheduler = `${JSON.stringify(officialSchedulerConfig, undefined, 2)}\n`;
  await writeIfAbsent(join(directory, modelLayout.config), stringify(model.config));
  await writeIfAbsent(join(directory, modelLayout.schedulerConfig), scheduler);
  return directory;
}

async function writeIfAbsent(path: string, text: string): Promise<void> {
  if ((await fileSize(path)) === undefined) await writeWholeFile(path, text);
}

/** Returns the files that are missing or have the wrong content. */
async function withoutVerified(
  states: readonly ModelFileState[],
  signal: AbortSignal | undefined,
  onProgress: OnProgress | undefined,
): Promise<readonly ModelFileState[]> {
  const present = states.filter(({ state, file }) => state === 'complete' && file.sha256 !== undefined);
  const report = throttled('checksum', sum(present.map(({ bytes }) => bytes)), onProgress);
  const damaged = new Set<ModelFileState>();
  let verified = 0;
  for (const state of present) {
    const sha256 = await fileSha256(state.path, {
      signal,
      onBytes: (bytes) => {
        report(verified + bytes);
      },
    });
    if (sha256 !== state.file.sha256) damaged.add(state);
    verified += state.bytes;
  }
  return states.filter((state) => state.state !== 'complete' || damaged.has(state));
}

/** Returns the files with what the server declares; one request at a time, so that only one failure is reported. */
async function withDeclared(
  files: readonly MissingFile[],
  source: HubSource,
  options: PullOptions,
): Promise<MissingFile[]> {
  const { retry, signal, onProgress } = options;
  const progress = new ProgressReporter('inspect', files.length, onProgress);
  const declared: MissingFile[] = [];
  for (const file of files) {
    progress.report(declared.length);
    declared.push(agreed(file, await inspectFile(file.url, { token: source.token, retry, signal })));
  }
  return declared;
}

/** Returns a file with what the server declares, when that agrees with what is known. */
function agreed(file: MissingFile, remote: RemoteFile): MissingFile {
  const differs = (key: keyof RemoteFile): boolean =>
    file[key] !== undefined && remote[key] !== undefined && file[key] !== remote[key];
  if (differs('sha256') || differs('size')) {
    throw new TransferError(
      `${file.url} has ${remote.size ?? 'an unknown number of'} bytes with sha256 ${remote.sha256 ?? 'unknown'}, not the ` +
        `${file.size ?? 'declared'} bytes with sha256 ${file.sha256 ?? 'unknown'} that belong to this model.`,
      {
        remedy:
          'Use another HF_ENDPOINT. If this is the official hub, the file was replaced there: update this package.',
      },
    );
  }
  return { ...file, size: file.size ?? remote.size, sha256: file.sha256 ?? remote.sha256 };
}

/** Downloads the files in turn. */
async function download(
  files: readonly MissingFile[],
  source: HubSource,
  options: PullOptions,
  onFinished: () => void,
): Promise<void> {
  const { retry, signal, onProgress } = options;
  const total = files.every(({ size }) => size !== undefined) ? sum(files.map(({ size }) => size ?? 0)) : undefined;
  const report = throttled('download', total, onProgress);
  let finished = 0;
  for (const { url, path, size, sha256 } of files) {
    let received = 0;
    await downloadFile({
      url,
      destination: path,
      size,
      sha256,
      token: source.token,
      retry,
      signal,
      onBytes: (bytes) => {
        received = bytes;
        report(finished + bytes);
      },
    });
    finished += received;
    onFinished();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Returns a function that reports at most every 100 ms, the first and the last count always. */
function throttled(
  stage: string,
  total: number | undefined,
  onProgress: OnProgress | undefined,
): (done: number) => void {
  const reporter = new ProgressReporter(stage, total, onProgress);
  let reportedAt = -Infinity;
  return (done) => {
    const now = performance.now();
    if (now - reportedAt < REPORT_MILLISECONDS && done !== total) return;
    reportedAt = now;
    reporter.report(done);
  };
}

/** Returns the error that says what failed, what to do, and how to get every missing file by other means. */
async function failure({
  model,
  parts,
  error,
  missing,
  source: { endpoint },
}: {
  model: DownloadableModel | DownloadableAutoencoder;
  parts: readonly ModelPart[];
  error: TransferError;
  missing: readonly MissingFile[];
  source: HubSource;
}): Promise<LatentSyncError> {
  const partial = await Promise.all(missing.map(({ path }) => fileSize(partPaths(path).part)));
  const received = sum(partial.map((bytes) => bytes ?? 0));
  const files = missing.map(({ url, path, size }) => {
    return `\n  ${url}${size === undefined ? '' : ` (${formatBytes(size)})`}\n    → ${printable(path)}`;
  });
  const others = parts.filter((part) => part !== 'inference').join(',');
  const again = action('pullModel', { model: model.name, parts: others === '' ? undefined : parts.join(',') });
  const resume = wording`${again} resumes where this attempt stopped: ${formatBytes(received)} is kept.`;
  return new LatentSyncError(
    'download-failed',
    wording`Model ${model.name} could not be downloaded from ${endpoint}: ${error.message}`,
    {
      remedy: joinWording(
        error.remedy === undefined ? '' : `${error.remedy}\n`,
        received > 0 ? joinWording(resume, '\n') : '',
        'HF_ENDPOINT sets a mirror; HTTPS_PROXY with NODE_USE_ENV_PROXY=1 sets a proxy (Node 22.21, 24, or later).\n',
        `Without a connection, download the missing files elsewhere and put them here:${files.join('')}`,
      ),
      cause: error,
    },
  );
}
