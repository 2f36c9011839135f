// verifyDirectory: runs every golden file of a folder and reports how far the results are from the reference's.
import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SAMPLE_RATE } from '../audio/log-mel-spectrogram.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { readTrack } from '../media/audio-reader.ts';
import { openAudio } from '../media/input-file-node.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Device, Runtime } from '../runtime/runtime.ts';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { checkOptions } from '../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { wording } from '../util/wording.ts';
import { compareCheckpoints, EXPECTED } from './checkpoints-node.ts';
import type { Comparison, Measure } from './comparison.ts';
import { GoldenFile } from './golden-file.ts';
import { listGoldenFolder, locateFrom, type GoldenFolder } from './golden-folder-node.ts';
import type { KindContext } from './kind.ts';
import { isFullKind, kinds } from './kinds-node.ts';
import { compareMaskRows } from './kinds/mask-rows.ts';
import { verifyOptions } from './verify-options.ts';
import { HashedWeights } from './weights-file-node.ts';

/** The golden files that come with the package. */
const bundledDirectory = fileURLToPath(new URL('../../test/fixtures/golden/', import.meta.url));
/** The speech of golden files that name none. */
const DEFAULT_WAV = 'audio/speech.wav';

/** How one result compares with the reference's. */
export interface ConformanceResult {
  /** The golden file, relative to the folder, with slashes. */
  file: string;
  /** The `kind` in its metadata, `mask_rows`, `checkpoints`, or `unknown`. */
  kind: string;
  /** The tensor or property compared; absent when the file as a whole failed or was skipped. */
  what?: string;
  measure?: Measure;
  /** In units of `measure`; Infinity when shapes or not-a-numbers leave nothing to measure. */
  error?: number;
  /** The greatest error that passes. */
  tolerance?: number;
  passed: boolean;
  /** Skipped because `full` was not set; such a result has not passed. */
  skipped: boolean;
  /** What is wrong, or why the file was skipped. */
  message?: string;
}

/** What {@link verifyDirectory} returns. */
export interface ConformanceReport {
  results: ConformanceResult[];
  /** Whether nothing failed and something passed. */
  passed: boolean;
}

/** Options of {@link verifyDirectory}. */
export interface VerifyOptions {
  /** Also runs networks at their official sizes: minutes, 6 GB of memory and 5 GB of disk. Default false. */
  full?: boolean;
  /** Where networks run. Default `cpu`. */
  device?: Device;
  /** Threads for the networks, 1 to 256. Default: all physical cores. */
  threads?: number;
  signal?: AbortSignal;
  /** Receives each result as soon as it is available. */
  onResult?: (result: ConformanceResult) => void;
  /** Stage `verify`, in files; stage `write`, in bytes of weights, within files of `full`. */
  onProgress?: OnProgress;
}

/**
 * Verifies every golden file in a folder and the folders below it. A file that cannot be used fails with a message, and
 * the others are still verified.
 *
 * @param directory - default: a small set that comes with the package.
 * @throws LatentSyncError `file-not-found` or `input-invalid` when there is nothing to verify, `aborted` when canceled.
 *
 * @example
 * const { passed } = await verifyDirectory(undefined, { device: 'webgpu', onResult: (result) => console.log(result) });
 */
export async function verifyDirectory(
  directory: string | undefined,
  options: VerifyOptions = {},
): Promise<ConformanceReport> {
  checkOptions(verifyOptions, options);
  const root = resolve(directory ?? bundledDirectory);
  const folder = await listGoldenFolder(root);
  const count = folder.safetensors.length + folder.maskRows.length + folder.checkpointFolders.length;
  if (count === 0) {
    throw new LatentSyncError('input-invalid', wording`${root} contains no golden files.`, {
      remedy: 'Choose a folder with .safetensors files.',
    });
  }
  const results: ConformanceResult[] = [];
  const progress = new ProgressReporter('verify', count, options.onProgress);
  let done = 0;
  await using verifier = new FolderVerifier(root, folder, options);
  for (const file of verifier.files()) {
    progress.report(done++);
    for await (const result of file) {
      results.push(result);
      options.onResult?.(result);
    }
  }
  progress.report(done);
  return {
    results,
    passed: results.some(({ passed }) => passed) && results.every(({ passed, skipped }) => passed || skipped),
  };
}

/** Verifies the files of one folder; networks share a runtime until something goes wrong with it. */
class FolderVerifier implements AsyncDisposable {
  readonly #root: string;
  readonly #folder: GoldenFolder;
  readonly #options: VerifyOptions;
  #runtime: Runtime | undefined;

  constructor(root: string, folder: GoldenFolder, options: VerifyOptions) {
    this.#root = root;
    this.#folder = folder;
    this.#options = options;
  }

  /** Yields the results of each file in turn. */
  *files(): Generator<AsyncGenerator<ConformanceResult>> {
    for (const path of this.#folder.maskRows) {
      yield this.#guarded(path, 'mask_rows', this.#maskRows(path));
    }
    for (const path of this.#folder.checkpointFolders) {
      yield this.#guarded(join(path, EXPECTED), 'checkpoints', this.#checkpoints(path));
    }
    for (const { path, inModel } of this.#folder.safetensors) {
      yield this.#goldenFile(path, inModel);
    }
  }

  async *#maskRows(path: string): AsyncGenerator<ConformanceResult> {
    const file = this.#nameOf(path);
    yield resultOf(file, 'mask_rows', compareMaskRows(await readFile(path, 'utf8'), file));
  }

  async *#checkpoints(path: string): AsyncGenerator<ConformanceResult> {
    for await (const { file, comparison } of compareCheckpoints(path)) {
      yield resultOf(this.#nameOf(join(path, file)), 'checkpoints', comparison);
    }
  }

  async *#goldenFile(path: string, inModel: boolean): AsyncGenerator<ConformanceResult> {
    const file = this.#nameOf(path);
    let golden: GoldenFile;
    try {
      golden = new GoldenFile(await openCheckpointFile(path), file);
    } catch (error) {
      if (!inModel) yield failure(file, 'unknown', messageOf(error));
      return;
    }
    await using open = golden;
    const { kind } = open;
    if (kind === undefined) {
      if (!inModel) yield failure(file, 'unknown', `${file} has no "kind" in its metadata: it is not a golden file.`);
    } else if (!kinds.has(kind)) {
      yield failure(file, kind, `The kind "${kind}" is unknown.`);
    } else if (isFullKind(kind) && !this.#options.full) {
      yield {
        file,
        kind,
        passed: false,
        skipped: true,
        message: 'Networks of the official sizes run only in a full verification.',
      };
    } else {
      yield* this.#guarded(path, kind, this.#comparisons(path, open, kind));
    }
  }

  async *#comparisons(path: string, golden: GoldenFile, kind: string): AsyncGenerator<ConformanceResult> {
    const { signal, onProgress } = this.#options;
    await using weights = new HashedWeights({ signal, onProgress });
    const { device = 'cpu', threads } = this.#options;
    const runtime = (): Runtime => (this.#runtime ??= createRuntime({ device, threads }));
    const context: KindContext = {
      get runtime() {
        return runtime();
      },
      signal,
      samples: () => this.#samples(path, golden),
      weights: (network, prefix) => weights.of(network, prefix),
      locate: (name) => locateFrom(path, name),
    };
    // The memory of large networks is released before and after.
    if (isFullKind(kind)) await this.#closeRuntime();
    let compared = false;
    try {
      for await (const comparison of kinds.get(kind)!(golden, context)) {
        compared = true;
        yield resultOf(golden.name, kind, comparison);
      }
    } finally {
      if (isFullKind(kind)) await this.#closeRuntime();
    }
    for (const what of golden.unused) {
      yield failure(golden.name, kind, `The kind "${kind}" has no tensor "${what}".`, what);
    }
    if (!compared) yield failure(golden.name, kind, `${golden.name} holds nothing to compare.`);
  }

  /** Passes results on; an error becomes a failed result. */
  async *#guarded(
    path: string,
    kind: string,
    results: AsyncGenerator<ConformanceResult>,
  ): AsyncGenerator<ConformanceResult> {
    const { signal } = this.#options;
    throwIfAborted(signal);
    try {
      yield* results;
    } catch (error) {
      throwIfAborted(signal);
      yield failure(this.#nameOf(path), kind, messageOf(error));
      await this.#closeRuntime(); // the next file gets a new one
    }
  }

  async #samples(path: string, golden: GoldenFile): Promise<Float32Array> {
    const { wavs } = this.#folder;
    const named = golden.optionalText('wav');
    const file = named === undefined && wavs.length === 1 ? wavs[0] : await locateFrom(path, named ?? DEFAULT_WAV);
    await using audio = await openAudio(file);
    const { sampleRate, numberOfChannels } = audio.info;
    if (sampleRate !== SAMPLE_RATE || numberOfChannels !== 1) {
      throw new LatentSyncError(
        'input-invalid',
        wording`${file} must be 16 kHz mono (got ${numberOfChannels} channels at ${sampleRate} Hz).`,
        { remedy: 'Use the original golden file.' },
      );
    }
    const [samples] = await readTrack(audio, { signal: this.#options.signal });
    return samples;
  }

  #nameOf(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }

  async #closeRuntime(): Promise<void> {
    const runtime = this.#runtime;
    this.#runtime = undefined;
    await runtime?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeRuntime();
  }
}

function resultOf(file: string, kind: string, comparison: Comparison): ConformanceResult {
  return { file, kind, ...comparison, skipped: false };
}

function failure(file: string, kind: string, message: string, what?: string): ConformanceResult {
  return { file, kind, ...(what === undefined ? {} : { what }), passed: false, skipped: false, message };
}
