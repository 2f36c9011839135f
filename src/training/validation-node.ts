// Validation of a UNet while it is trained: a video drawn with the weights so far, the judge's figures of it, and a chart of them by step.
import { existsSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judgeVideo } from '../evaluation/judge-video-node.ts';
import type { VideoJudgment } from '../evaluation/judgment.ts';
import { makeDirectory } from '../hub/files-node.ts';
import { trainedLayout } from '../hub/model-registry.ts';
import { LipsyncPipeline } from '../pipelines/lipsync-pipeline-node.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wordForPrograms } from '../util/wording.ts';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { validationChart, type ValidationEntry } from './validation-chart.ts';

const sample = (name: string): string => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));

/** What is drawn. */
export interface ValidationOptions {
  /** Folder for the videos `step-N.mp4`, `figures.jsonl`, `figures.svg` and the model. */
  folder: string;
  /** Text of the configuration of the model that is trained. */
  config: string;
  /** Weights of its other networks. */
  vae: string;
  whisper: string;
  /** Default: the sample clip, and the sample speech. */
  video?: string;
  audio?: string;
  threads?: number;
  signal?: AbortSignal;
}

/** A model folder whose UNet is replaced again and again. */
export class Validation {
  readonly #options: ValidationOptions;

  private constructor(options: ValidationOptions) {
    this.#options = options;
  }

  /** @throws LatentSyncError `output-not-writable`, or `file-not-found` for the video or the audio. */
  static async prepare(options: ValidationOptions): Promise<Validation> {
    const { folder, config, vae, whisper } = options;
    const model = join(folder, 'model');
    await makeDirectory(model, { what: 'folder of the validation', remedy: 'Choose another folder for the run.' });
    await writeWholeFile(join(model, trainedLayout.config), config);
    await copyFile(vae, join(model, trainedLayout.vae));
    await copyFile(whisper, join(model, trainedLayout.whisper));
    return new Validation(options);
  }

  /**
   * Draws and judges the video, and keeps what was found, in place of what was kept of this step and later ones.
   *
   * @param writeWeights - writes the UNet's weights.
   * @throws LatentSyncError as a job does.
   */
  async run(step: number, writeWeights: (path: string) => Promise<void>): Promise<ValidationEntry> {
    const { folder, video = sample('presenter.mp4'), audio = sample('speech.wav'), threads, signal } = this.#options;
    const model = join(folder, 'model');
    await writeWeights(join(model, trainedLayout.unet));
    const output = join(folder, `step-${String(step).padStart(6, '0')}.mp4`);
    // Pauses are drawn as well: what the mouth does in them belongs to what is learned.
    await LipsyncPipeline.run({ video, audio, output, model, quiet: 'draw', threads, signal });
    const entry = { step, video: output, ...(await figuresOf(output, { threads, signal })) };
    const path = join(folder, 'figures.jsonl');
    const before = existsSync(path) ? parseFigures(await readFile(path, 'utf8')) : [];
    const entries = [...before.filter((earlier) => earlier.step < step), entry];
    await writeWholeFile(path, entries.map((each) => `${JSON.stringify(each)}\n`).join(''));
    await writeWholeFile(join(folder, 'figures.svg'), validationChart(entries));
    return entry;
  }
}

function parseFigures(text: string): ValidationEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ValidationEntry);
}

async function figuresOf(
  video: string,
  options: { threads?: number; signal?: AbortSignal },
): Promise<Omit<ValidationEntry, 'step' | 'video'>> {
  let judgment: VideoJudgment;
  try {
    ({ judgment } = await judgeVideo(video, { ...options, cache: false }));
  } catch (error) {
    // Of what the first steps draw, not even that is certain.
    if (!(error instanceof LatentSyncError) || error.code !== 'no-face') throw error;
    return { verdict: 'cannot-be-judged', reasons: [wordForPrograms(error.problem)] };
  }
  const { verdict, reasons, people, person } = judgment;
  const { agreement, picture } = people[person - 1];
  return {
    verdict,
    reasons,
    correlation: agreement?.correlationAsIs,
    chance: agreement?.chance,
    flicker: picture?.flicker,
    sharpness: picture?.sharpness,
  };
}
