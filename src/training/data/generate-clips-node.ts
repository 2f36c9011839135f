// generateClips: a folder of synthetic training clips, rendered by several processes; existing clips are kept.
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from '../../hub/files-node.ts';
import { abortError, throwIfAborted } from '../../util/abort.ts';
import { childProgram } from '../../util/child-program-node.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { checkOptions } from '../../util/option-table.ts';
import { printableLines, shownValue } from '../../util/printable.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { option, wording } from '../../util/wording.ts';
import { requireVoices } from '../voices/recorded-speech-node.ts';
import { isVoiceProgram, type SpeechSource } from '../voices/recorded-voices.ts';
import { generateClipsOptions } from './clip-options.ts';
import { faceResolution } from './clip-resolution.ts';
import { CLIP_FRAME_RATE, clipRecipe, type ClipRecipe, type ClipSetRecipe } from './clip-recipe.ts';
import type { ClipFailure, ClipWorkerJob, ClipWorkerMessage, RenderOutcome } from './clip-worker-node.ts';
import { RENDERING_PARTS, syntheticOrigin, type RenderingTimes } from './synthetic-clip-renderer-node.ts';
import { CLIP_SUFFIX, openTrainingClip } from './training-clip-node.ts';

/** What to generate. */
export interface GenerateClipsOptions {
  /** Folder of the clips, created if missing. Existing clips are not rendered again. */
  output: string;
  /** Number of clips, 1 to 1000000. Default 240. */
  clips?: number;
  /** Number of the set, 1 to 999; different sets have no speakers in common. Default 1. */
  seed?: number;
  /** Takes the speakers that training never sees. Default false. */
  heldOut?: boolean;
  /** Clips of each speaker, 1 to 1000. Default 1. */
  clipsPerPerson?: number;
  /** Length of a clip, 1 to 60 s. Default 4. */
  seconds?: number;
  /** Side of the aligned faces in pixels, 64 to 512, a multiple of 8. Default: that of the model "tiny". */
  resolution?: number;
  /** Leaves the pictures as they are rendered: without a camera's color, blur, grain and compression. Default false. */
  clean?: boolean;
  /**
   * Who speaks, each for as many clips as the others: programs with recorded voices (`flite`, `festival`), and the formant synthesizer
   * (`synthetic`). Default: synthetic.
   */
  speech?: readonly SpeechSource[];
  /** Processes that render clips, 1 to 256, each on one core. Default: one per core. */
  workers?: number;
  signal?: AbortSignal;
  /** Stage `clips`, in frames. */
  onProgress?: OnProgress;
}

/** What was generated. */
export interface GeneratedClips {
  output: string;
  /** Clips now in the folder. */
  clips: number;
  /** How many of these existed before. */
  kept: number;
  /** Clips left out because the face was lost. */
  dropped: number;
  /** Frames rendered now, and those in which no face was found. */
  frames: number;
  framesWithoutFace: number;
  /** Mean milliseconds per frame in one process: building the speakers, drawing, filming, finding and aligning faces. */
  millisecondsPerFrame: RenderingTimes;
  elapsedSeconds: number;
}

/**
 * Renders synthetic speakers into `output`, one file per clip. The same options give the same files, regardless of the number of
 * workers; an interrupted run resumes where it stopped.
 *
 * @throws RangeError for an option out of range.
 * @throws LatentSyncError `input-invalid` when the folder has a clip of that name that other options, or another version, rendered;
 * `program-missing` when a voice is not installed, `program-failed`, `output-not-writable`, `insufficient-disk`, `runtime-failed`, or `aborted` when the signal fires;
 * no incomplete file is left then.
 * @example
 * await generateClips({ output: 'clips/train', clips: 240 });
 */
export async function generateClips(options: GenerateClipsOptions): Promise<GeneratedClips> {
  checkOptions(generateClipsOptions, options);
  const { output, signal, clips = generateClipsOptions.clips.default } = options;
  const set: ClipSetRecipe = {
    seed: options.seed ?? generateClipsOptions.seed.default,
    heldOut: options.heldOut ?? false,
    clipsPerPerson: options.clipsPerPerson ?? generateClipsOptions.clipsPerPerson.default,
    seconds: options.seconds ?? generateClipsOptions.seconds.default,
    resolution: faceResolution(options.resolution),
    clean: options.clean ?? false,
    speech: options.speech ?? ['synthetic'],
  };
  const workers = options.workers ?? availableParallelism();
  throwIfAborted(signal);
  await makeDirectory(output, { what: 'folder of the clips', remedy: wording`Choose another ${option('output')}.` });

  const startedAt = performance.now();
  const framesPerClip = Math.round(set.seconds * CLIP_FRAME_RATE);
  const missing: number[] = [];
  for (let index = 0; index < clips; index++) {
    if (!(await isThere(output, clipRecipe(set, index), set))) missing.push(index);
  }
  if (missing.length > 0) {
    await requireVoices(set.heldOut ? 'report' : 'training', set.speech.filter(isVoiceProgram), signal);
  }
  const progress = new ProgressReporter('clips', clips * framesPerClip, options.onProgress);
  const result = {
    output,
    clips: clips - missing.length,
    kept: clips - missing.length,
    dropped: 0,
    frames: 0,
    framesWithoutFace: 0,
    millisecondsPerFrame: { build: 0, draw: 0, film: 0, align: 0 },
  };
  progress.report(result.kept * framesPerClip);
  const count = ({ written, frames, misses, milliseconds }: RenderOutcome): void => {
    if (written) result.clips++;
    else result.dropped++;
    result.frames += frames;
    result.framesWithoutFace += misses;
    for (const part of RENDERING_PARTS) result.millisecondsPerFrame[part] += milliseconds[part];
    progress.report((result.clips + result.dropped) * framesPerClip);
  };
  const queue = missing.values();
  const job: ClipWorkerJob = { set, output };
  const pool = Array.from({ length: Math.min(workers, missing.length) }, () => new ClipWorker(job));
  try {
    await Promise.all(pool.map((worker) => worker.renderAll(queue, count, signal)));
  } finally {
    await Promise.all(pool.map((worker) => worker.close()));
  }
  for (const part of RENDERING_PARTS) {
    result.millisecondsPerFrame[part] /= Math.max(1, result.frames);
  }
  return { ...result, elapsedSeconds: (performance.now() - startedAt) / 1000 };
}

/** Returns whether a folder already has a clip; throws if a different clip has its name. */
async function isThere(folder: string, recipe: ClipRecipe, set: ClipSetRecipe): Promise<boolean> {
  const path = join(folder, `${recipe.name}${CLIP_SUFFIX}`);
  if (!existsSync(path)) return false;
  await using clip = await openTrainingClip(path);
  const wanted = syntheticOrigin(recipe, set);
  const other = Object.keys(wanted).find((key) => clip.origin[key] !== wanted[key]);
  if (other === undefined) return true;
  throw new LatentSyncError(
    'input-invalid',
    wording`${path} is not the clip that belongs there: its "${other}" is ${shownValue(clip.origin[other])}, not ${shownValue(wanted[other])}.`,
    { remedy: wording`Choose another ${option('output')}, or delete the clips in this one.` },
  );
}

/** Returns what went wrong in another process as an error of this one. */
function failureOf(index: number, { code, problem, remedy }: ClipFailure): LatentSyncError {
  return new LatentSyncError(code, wording`Clip ${index} could not be made: ${problem}`, { remedy });
}

const STDERR_KEPT = 4000;

/** One rendering process. */
class ClipWorker {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #stderr = '';

  constructor(job: ClipWorkerJob) {
    const { path, execArgv } = childProgram('training/data/clip-worker-node');
    this.#child = fork(path, [JSON.stringify(job)], {
      execArgv,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => {
        resolve();
      });
      this.#child.once('error', () => {
        resolve();
      });
    });
  }

  /** Takes clips from the queue until it is empty. */
  async renderAll(
    queue: Iterator<number>,
    onOutcome: (outcome: RenderOutcome) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (let next = queue.next(); !next.done; next = queue.next()) onOutcome(await this.#render(next.value, signal));
  }

  async #render(index: number, signal: AbortSignal | undefined): Promise<RenderOutcome> {
    throwIfAborted(signal);
    let settle: (() => void) | undefined;
    try {
      return await new Promise<RenderOutcome>((resolve, reject) => {
        const onMessage = (message: ClipWorkerMessage): void => {
          if (message.kind === 'rendered') resolve(message);
          else reject(failureOf(index, message));
        };
        const onAbort = (): void => {
          reject(abortError(signal!));
        };
        this.#child.on('message', onMessage);
        signal?.addEventListener('abort', onAbort, { once: true });
        settle = () => {
          this.#child.off('message', onMessage);
          signal?.removeEventListener('abort', onAbort);
        };
        void this.#ended.then(() => {
          reject(
            new LatentSyncError(
              'runtime-failed',
              `A process that renders clips ended early.\n${printableLines(this.#stderr)}`,
            ),
          );
        });
        this.#child.send(index, (error) => {
          if (error) reject(error);
        });
      });
    } finally {
      settle?.();
    }
  }

  /** Ends the process once it has cleaned up. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}
