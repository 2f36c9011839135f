// reportModel: how well a lip-sync model does on people and voices never used for training, in figures and a picture.
import { join } from 'node:path';
import { writeWholeFile } from '../../util/whole-file-node.ts';
import { checkOutput } from '../../media/output-file-node.ts';
import { pngFormat, writePng } from '../../media/png-node.ts';
import { openFaceMesh } from '../../pipelines/faces/face-landmarker-node.ts';
import { faceWindowsOptions, windowCount } from '../../pipelines/face-windows.ts';
import { makeDirectory } from '../../hub/files-node.ts';
import { openLipsyncModel } from '../../pipelines/lipsync-model-node.ts';
import { LipsyncNetworks } from '../../pipelines/lipsync-networks.ts';
import type { WindowGenerator } from '../../pipelines/window-generator.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import type { Device } from '../../runtime/runtime.ts';
import { OptionError } from '../../util/assert.ts';
import { meetsBound } from '../../util/figure.ts';
import { checkOptions } from '../../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { option, wording } from '../../util/wording.ts';
import { contactSheet } from '../../vision/contact-sheet.ts';
import type { Image8 } from '../../tensor/image.ts';
import type { HeardSpeech } from '../data/speech-features.ts';
import { CLIP_SAMPLE_RATE, fromInt16 } from '../data/training-clip.ts';
import {
  openingCorrelation,
  reportFigures,
  speechFigure,
  stepsFigure,
  type ClipMeasures,
  type ReportFigure,
  type SpeechMeasures,
} from './figures.ts';
import { openLabeledClips, readSpeech } from './held-out-clips-node.ts';
import { askedMouth, type LabeledClip } from './labeled-clip.ts';
import { faceOf, measureMouth } from '../../evaluation/mouth-track.ts';
import type { Faces } from '../../evaluation/picture-quality.ts';
import { redrawFaces } from './redraw-faces.ts';
import {
  hear,
  measurePair,
  measureSpeech,
  measureVoice,
  pairOf,
  type ClipPair,
  type ReportContext,
} from './measure-clips.ts';
import { correlation, mean, type SignalPair } from '../../evaluation/signals.ts';
import { reportOptions } from './report-options.ts';
import { speakForReport, type ReportVoices } from './report-voices-node.ts';
import { SyncJudge, type SyncNetFiles } from './sync-judge-node.ts';
import { syncFigures, type SyncJudgment } from './sync-judgment.ts';
import { voiceFigures, voiceOutcomes, type VoiceMeasures, type VoiceOutcome } from './voice-figures.ts';

/** The number of steps to which fewer are compared. */
const MANY_STEPS = 50;

/** Clips on which numbers of steps are compared; on the same clips, a few are enough to show a difference. */
const STEPS_CLIPS = 5;

/** Clips shown in the picture, and frames in each of a clip's two rows. */
const SHEET_CLIPS = 4;
const SHEET_COLUMNS = 8;

/** What to measure. */
export interface ReportOptions {
  /** Folder of labeled clips, as `generateClips` makes them with `heldOut`. */
  data: string;
  /** A model's name or folder. Default `tiny`. */
  model?: string;
  /** Use the first N clips, 2 to 1000. Default 20. */
  clips?: number;
  /**
   * Denoising steps, each 1 to 999: all figures are measured at the first; on five clips, its loss of quality against each other.
   * Default: the model's, and 50.
   */
  steps?: readonly number[];
  /** Recordings of natural speech; the first 10 seconds of each drive a face. Default: none. */
  speech?: readonly string[];
  /**
   * Has each clip also driven by a voice made from recordings of a person, which no training hears, where Flite and Festival have it.
   * Default true.
   */
  recordedVoices?: boolean;
  /** Weights of a StableSyncNet that judges lips and sound. Default: none. */
  syncnet?: string;
  /** The recipe that the StableSyncNet was trained with. */
  syncnetRecipe?: string;
  /** Folder for `report.json` and `contact-sheet.png`. Default: none; nothing is written then. */
  output?: string;
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /** Threads for the networks, 1 to 256. Default: all physical cores. */
  threads?: number;
  signal?: AbortSignal;
  /** Stage `load`, in networks; stage `report`, in denoising steps. */
  onProgress?: OnProgress;
}

/** The result for one clip. */
export interface ClipOutcome {
  readonly name: string;
  /** The clip whose sound drove it. */
  readonly drivenBy: string;
  /** Correlation of the opening with what that sound asks for. */
  readonly correlation: number;
  /** With its own sound. */
  readonly psnr: number;
  readonly ssim: number;
}

/** What was measured. */
export interface ModelReport {
  readonly model: string;
  /** Whether all clips are of people that training never sees; the promises are about those. */
  readonly heldOut: boolean;
  /** Denoising steps of all figures but those that compare. */
  readonly steps: number;
  readonly figures: readonly ReportFigure[];
  /** Names of the figures whose bound is missed. */
  readonly missed: readonly string[];
  readonly clips: readonly ClipOutcome[];
  /** What each recorded voice has come to. */
  readonly voices: readonly VoiceOutcome[];
  /** Recorded voices that are not installed, and Debian's packages that would bring them. */
  readonly missingVoices: readonly string[];
  readonly missingPackages: readonly string[];
  readonly elapsedSeconds: number;
}

function syncNetFiles({ syncnet, syncnetRecipe }: ReportOptions): SyncNetFiles | undefined {
  if (syncnet !== undefined && syncnetRecipe !== undefined) return { weights: syncnet, recipe: syncnetRecipe };
  if (syncnet !== undefined) throw new OptionError('syncnetRecipe', wording`be given with ${option('syncnet')}`);
  if (syncnetRecipe !== undefined) throw new OptionError('syncnet', wording`be given with ${option('syncnetRecipe')}`);
  return undefined;
}

/**
 * Measures a model. Every clip is drawn twice: with the sound of the clip after it, which shows whether the mouth follows the
 * sound and not the picture, and with its own, which shows what the drawing loses.
 *
 * @throws RangeError for an option out of range.
 * @throws LatentSyncError when clips, recordings or the model cannot be used, `output-not-writable`, or `aborted`.
 * @example
 * const { figures } = await reportModel({ data: 'clips/held-out' });
 */
export async function reportModel(options: ReportOptions): Promise<ModelReport> {
  checkOptions(reportOptions, options);
  const count = options.clips ?? reportOptions.clips.default;
  const judgeFiles = syncNetFiles(options);
  const startedAt = performance.now();
  const { output, signal } = options;
  if (output !== undefined) {
    await makeDirectory(output, { remedy: wording`Choose another ${option('output')}.` });
    await checkOutput(join(output, 'contact-sheet.png'), [], pngFormat);
  }
  const recordings: Float32Array[] = [];
  for (const path of options.speech ?? []) recordings.push(await readSpeech(path, signal));

  await using model = await openLipsyncModel(options.model ?? 'tiny');
  const { defaults } = model;
  await using set = await openLabeledClips(options.data, defaults, count);
  const voices: ReportVoices =
    (options.recordedVoices ?? true)
      ? await speakForReport(set.clips, signal)
      : { speech: [], missing: [], missingPackages: [] };
  await using runtime = createRuntime({
    device: options.device,
    threads: options.threads,
  });
  await using mesh = await openFaceMesh(runtime);
  await using judge =
    judgeFiles &&
    (await SyncJudge.open(runtime, judgeFiles, {
      resolution: defaults.resolution,
      frameRate: defaults.videoFps,
    }));
  const [steps, ...otherSteps] = options.steps ?? [defaults.numInferenceSteps, MANY_STEPS];

  await using networks = await LipsyncNetworks.load(runtime, model, { signal, onProgress: options.onProgress });
  const { scheduler = 'ddim', guidanceScale, guidanceStart, guidanceEnd, unconditionalInterval } = defaults;
  const generatorOf = (numInferenceSteps: number): WindowGenerator =>
    networks.generator({
      scheduler,
      numInferenceSteps,
      guidanceScale,
      guidanceStart,
      guidanceEnd,
      unconditionalInterval,
    });
  const windows = faceWindowsOptions(model, generatorOf(steps), { seed: defaults.seed, reference: false });
  const pairs = set.clips.map((clip, index) => pairOf(clip, set.clips[(index + 1) % set.clips.length]));
  const framesOfSpeech = recordings.map(({ length }) => Math.floor((length / CLIP_SAMPLE_RATE) * defaults.videoFps));
  const windowsOf = (frames: readonly number[]): number =>
    frames.reduce((sum, frame) => sum + windowCount(frame, windows), 0);
  const framesOfClips = pairs.map(({ frames }) => frames);
  const compared = windowsOf(framesOfClips.slice(0, STEPS_CLIPS));
  const stepsInAll =
    steps *
      (2 * windowsOf(framesOfClips) +
        windowsOf(framesOfSpeech) +
        windowsOf(voices.speech.map(({ frames }) => frames))) +
    otherSteps.reduce((sum, more) => sum + more * compared, 0);
  const progress = new ProgressReporter('report', stepsInAll, options.onProgress);
  let done = 0;
  progress.report(0);
  const onStep = (): void => {
    progress.report(++done);
  };

  const context: ReportContext = {
    audio2feature: networks.audio2feature,
    defaults,
    mesh,
    windows: { ...windows, onStep, signal },
    signal,
  };
  const speeches = new Map<LabeledClip, HeardSpeech>();
  for (const clip of set.clips) speeches.set(clip, await hear(context, fromInt16(await clip.clip.readAudio())));
  const measures: ClipMeasures[] = [];
  const judged: { drawn: SyncJudgment; original: SyncJudgment }[] = [];
  const pictures: Image8[] = [];
  for (const [index, pair] of pairs.entries()) {
    const { measured, faces, driven } = await measurePair(context, pair, speeches);
    measures.push(measured);
    if (judge) {
      const heard = async ({ clip }: LabeledClip): Promise<Float32Array> => fromInt16(await clip.readAudio());
      judged.push({
        drawn: await judge.judge(driven, await heard(pair.other), { signal }),
        original: await judge.judge(faces, await heard(pair.clip), { signal }),
      });
    }
    if (index < SHEET_CLIPS) pictures.push(...sheetRow(faces), ...sheetRow(driven));
  }
  const spokenByVoices: VoiceMeasures[] = [];
  for (const [index, speech] of voices.speech.entries()) {
    spokenByVoices.push(await measureVoice(context, speech, set.clips[index], measures[index]));
  }
  const figures = [
    ...reportFigures(measures),
    ...(spokenByVoices.length > 0 ? voiceFigures(spokenByVoices) : []),
    ...(judge ? syncFigures(judged) : []),
  ];
  if (recordings.length > 0) {
    const spoken: SpeechMeasures[] = [];
    for (const [index, samples] of recordings.entries()) {
      spoken.push(await measureSpeech(context, samples, framesOfSpeech[index], pairs[index % pairs.length].clip));
    }
    figures.push(speechFigure(spoken));
  }
  const outcomes = measures.map((measured, index) => outcomeOf(measured, pairs[index]));
  const fewer = { steps, correlation: mean(outcomes.slice(0, STEPS_CLIPS).map((outcome) => outcome.correlation)) };
  for (const more of otherSteps) {
    const exactly = { ...context.windows, generator: generatorOf(more) };
    const drawn: SignalPair[] = [];
    for (const { clip, other, frames } of pairs.slice(0, STEPS_CLIPS)) {
      const faces = await redrawFaces(await clip.clip.readFrames(0, frames), speeches.get(other)!, exactly);
      const { opening } = await measureMouth(faces, mesh, { signal });
      drawn.push({ measured: opening, asked: askedMouth(other, frames).opening });
    }
    figures.push(stepsFigure(fewer, { steps: more, correlation: openingCorrelation(drawn) }));
  }

  const report: ModelReport = {
    model: model.name,
    heldOut: set.heldOut,
    steps,
    figures,
    missed: figures.filter((figure) => meetsBound(figure) === false).map(({ name }) => name),
    clips: outcomes,
    voices: voiceOutcomes(spokenByVoices),
    missingVoices: voices.missing.map(({ name }) => name),
    missingPackages: voices.missingPackages,
    elapsedSeconds: (performance.now() - startedAt) / 1000,
  };
  if (output !== undefined) {
    await writePng(join(output, 'contact-sheet.png'), contactSheet(pictures, { columns: SHEET_COLUMNS }));
    await writeWholeFile(join(output, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return report;
}

function outcomeOf({ name, driven, other, quality }: ClipMeasures, pair: ClipPair): ClipOutcome {
  return {
    name,
    drivenBy: pair.other.name,
    correlation: correlation(driven.opening, other.opening),
    psnr: quality.psnr,
    ssim: quality.ssim,
  };
}

/** Returns faces at even distances through the clip. */
function sheetRow(faces: Faces): Image8[] {
  return Array.from({ length: SHEET_COLUMNS }, (_, column) =>
    faceOf(faces, Math.floor(((column + 0.5) * faces.shape[0]) / SHEET_COLUMNS)),
  );
}
