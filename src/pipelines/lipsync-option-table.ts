// The table of a lip-sync job's options: what each may be, its default, and its text.
import { knownModels } from '../hub/model-registry.ts';
import { encodingPresets, videoCodecs } from '../media/encoded-formats.ts';
import { streamOptions } from '../media/stream-options.ts';
import { layerDTypes } from '../onnx/layer-dtype.ts';
import { runtimeOptions } from '../runtime/runtime-options.ts';
import { schedulerNames } from '../schedulers/scheduler.ts';
import { defineOptions } from '../util/option-table.ts';
import { faceWords, withFacePath } from './faces/face-option.ts';
import type { SilentMouth } from './lanes.ts';
import { presetNames } from './presets.ts';
import { withSpeakerPaths } from './speakers.ts';
import type { Extension, OutputLength } from './timeline.ts';
import type { QuietMouth } from './window-plan.ts';

/** Milliseconds by which the speech can be moved. */
const LONGEST_OFFSET = 3_600_000;

/** The choices for `LipsyncOptions.length`. */
const outputLengths: readonly OutputLength[] = ['audio', 'video', 'shortest'];

/** The choices for `LipsyncOptions.extend`. */
const extensions: readonly Extension[] = ['pingpong', 'loop', 'hold'];

/** The choices for `LipsyncOptions.silent`. */
const silentMouths: readonly SilentMouth[] = ['keep', 'still'];

/** The choices for `LipsyncOptions.quiet`. */
const quietMouths: readonly QuietMouth[] = ['keep', 'close', 'draw'];

const fileOptions = defineOptions({
  video: {
    type: 'input',
    group: 'Files',
    value: 'FILE',
    required: true,
    text: 'Video of the person, a file or a URL: MP4, MOV, MKV, WebM, or most other formats.',
  },
  audio: {
    type: 'input',
    group: 'Files',
    value: 'FILE',
    required: true,
    unless: 'speakers',
    text: 'Audio of the speech, a file or a URL. For a video, its audio track is used.',
  },
  output: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    short: 'o',
    required: true,
    essential: true,
    text: 'File to write: MP4 (named .mp4 or .m4v), MOV, MKV or WebM.',
  },
  sound: {
    type: 'input',
    group: 'Files',
    value: 'FILE',
    text: 'Sound of the output in place of the speech, such as a finished mix; it begins when the speech does, or with the output.',
  },
  report: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    text: 'Report to write when the job is done: every frame, times and warnings (.json), or the same as a page (.html).',
  },
  ...streamOptions,
});

/** The options of `LipsyncOptions` that decide which networks are loaded, and where they run. */
export const lipsyncOpenOptions = defineOptions({
  model: {
    type: 'path',
    group: 'Model',
    value: 'NAME|DIR',
    names: knownModels.map(({ name }) => name),
    default: 'tiny',
    essential: true,
    text: 'tiny, 1.5, 1.6, or the folder of a model.',
  },
  dtype: {
    type: 'choice',
    group: 'Model',
    choices: layerDTypes,
    default: 'float32',
    text: 'Type in which the large layers of the UNet and the autoencoder compute. With 1.5 and 1.6 on the CPU, int8 saves time and memory.',
  },
  preset: {
    type: 'choice',
    group: 'Quality and speed',
    choices: presetNames,
    essential: true,
    text:
      'With 1.5 and 1.6: settings by name, from those of the authors (reference) to the fewest passes of the networks (fastest, ' +
      'more than twenty times as fast). Other options take precedence. docs/presets.md has what each costs.',
  },
  vae: {
    type: 'path',
    group: 'Model',
    value: 'NAME|DIR',
    names: ['kl', 'taesd'],
    default: 'kl',
    text:
      "What turns faces into latents and back: kl, the model's own autoencoder; with 1.5 and 1.6 also taesd, a tiny one that takes a " +
      'fraction of the time and draws less detail, or the folder of its files.',
  },
  insightface: {
    type: 'path',
    group: 'Model',
    value: 'DIR',
    text:
      "Folder with InsightFace's det_10g.onnx and 2d106det.onnx, to use instead of the bundled face networks. " +
      'Their license does not allow commercial use.',
  },
  device: { ...runtimeOptions.device, essential: true },
  threads: runtimeOptions.threads,
});

/** The options of `LipsyncOptions` that may differ from job to job on the same networks. */
export const lipsyncRunOptions = defineOptions({
  ...fileOptions,
  steps: {
    type: 'integer',
    group: 'Quality and speed',
    min: 1,
    max: 999,
    defaultText: "the model's (20 for 1.5 and 1.6)",
    essential: true,
    text: 'Denoising steps. More steps take longer.',
  },
  guidanceScale: {
    type: 'number',
    group: 'Quality and speed',
    flag: 'guidance',
    min: 0,
    max: 10,
    defaultText: "the model's (1.5 for 1.5 and 1.6)",
    essential: true,
    text: 'How strongly the audio shapes the lips. 1 or less turns guidance off and halves the time.',
  },
  guidanceStart: {
    type: 'number',
    group: 'Quality and speed',
    min: 0,
    max: 1,
    defaultText: "the model's (0 for 1.5 and 1.6)",
    text: 'Fraction of the steps at which guidance begins.',
  },
  guidanceEnd: {
    type: 'number',
    group: 'Quality and speed',
    min: 0,
    max: 1,
    defaultText: "the model's (1 for 1.5 and 1.6)",
    text: 'Fraction of the steps at which guidance ends. Unguided steps take half the time.',
  },
  unconditionalInterval: {
    type: 'integer',
    group: 'Quality and speed',
    min: 1,
    max: 1000,
    defaultText: "the model's (1 for 1.5 and 1.6)",
    text: 'Run the pass without audio, which guidance needs, only at every N-th guided step, and reuse the difference that it made.',
  },
  deepCacheInterval: {
    type: 'integer',
    group: 'Quality and speed',
    flag: 'deepcache',
    min: 1,
    max: 1000,
    default: 1,
    text: 'Run the whole UNet only at every N-th step, and reuse its deep features in between.',
  },
  deepCacheThreshold: {
    type: 'number',
    group: 'Quality and speed',
    flag: 'deepcache-threshold',
    min: 0,
    max: 1,
    default: 0,
    text: 'In place of an interval: run the whole UNet when the latents have changed by this share since it ran last.',
  },
  strength: {
    type: 'number',
    group: 'Quality and speed',
    min: 0,
    max: 1,
    default: 1,
    text:
      'Below 1: start from the faces as they are and some noise, and run only this share of the steps. Mouths keep something of what ' +
      'the video says.',
  },
  scheduler: {
    type: 'choice',
    group: 'Quality and speed',
    choices: schedulerNames,
    defaultText: "the model's (ddim for 1.5 and 1.6)",
    text: 'Method that removes the noise.',
  },
  seed: {
    type: 'integer',
    group: 'Quality and speed',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    defaultText: "the model's (1247 for tiny, 1.5, and 1.6)",
    text: 'Seed of the noise. The same seed gives the same video.',
  },
  reference: {
    type: 'flag',
    group: 'Quality and speed',
    text: 'Do what the official code does, defects included.',
  },
  face: {
    type: 'path',
    group: 'People',
    value: 'WHO',
    names: faceWords,
    numbers: true,
    repeats: true,
    withPaths: withFacePath,
    default: 'largest',
    essential: true,
    text:
      'Whose lips follow the speech: in every shot the largest face, or that on the left, on the right, or in the center; ' +
      'the person with a number, as the list of the people in the video gives it; the person whom a picture shows; or all. ' +
      'With a stretch of the video, such as 2@0:10-0:20, only there.',
  },
  speakers: {
    type: 'speaker',
    group: 'People',
    flag: 'speaker',
    value: 'FACE=AUDIO[@START-END]',
    repeats: true,
    withPaths: withSpeakerPaths,
    essential: true,
    text:
      'Somebody who speaks with a recording of their own, which begins at a time of the video, or with the output. ' +
      'In place of the one audio.',
  },
  silent: {
    type: 'choice',
    group: 'People',
    choices: silentMouths,
    default: 'keep',
    text: "What the mouths of all others do while somebody is heard: keep the video's own movement, or be still, closed.",
  },
  points: {
    type: 'path',
    group: 'People',
    value: 'FILE',
    text:
      'File with the places of the face, .csv or .json, in place of looking for it: for drawn faces and animals, which are not found. ' +
      'docs/points.md has its format.',
  },
  noFace: {
    type: 'choice',
    group: 'People',
    choices: ['error', 'copy'],
    default: 'error',
    text: 'What becomes of a video in which nobody is to be lip-synced: an error, or a copy of its pictures with the speech.',
  },
  fps: {
    type: 'number',
    group: 'Output video',
    min: 1,
    max: 120,
    defaultText: "the video's",
    text: 'Frames per second of the output.',
  },
  quality: {
    type: 'number',
    group: 'Output video',
    min: 0,
    max: 51,
    default: 17,
    essential: true,
    text: 'Constant quality of the pictures, for every codec as x264 counts it: 0 is lossless, 51 the worst.',
  },
  codec: {
    type: 'choice',
    group: 'Output video',
    choices: videoCodecs,
    defaultText: 'h264 for 8 bits, hevc for more, vp9 in WebM',
    essential: true,
    text: 'Codec of the pictures.',
  },
  lossless: {
    type: 'flag',
    group: 'Output video',
    text: 'Lose nothing of the pictures, as far as the codec holds their format.',
  },
  encodingPreset: {
    type: 'choice',
    group: 'Output video',
    flag: 'preset-encode',
    choices: encodingPresets,
    default: 'fast',
    text: 'How much time the encoder takes to make the file smaller.',
  },
  keyframes: {
    type: 'number',
    group: 'Output video',
    value: 'SECONDS',
    min: 0.01,
    max: 600,
    default: 2,
    text: 'Seconds from key frame to key frame, at most. Every 10 s there is one in any case.',
  },
  colorMatch: {
    type: 'flag',
    group: 'Output video',
    default: true,
    text: 'Give what is drawn the color and light of the frame around it. In reference mode, never.',
  },
  detail: {
    type: 'flag',
    group: 'Output video',
    default: true,
    text: 'Keep the fine structure of the skin where the frame shows the same as what is drawn, and draw lips as crisply. In reference mode, never.',
  },
  quiet: {
    type: 'choice',
    group: 'Output video',
    choices: quietMouths,
    default: 'keep',
    essential: true,
    text:
      "What the mouth does where nobody speaks in the audio: keep the video's own, close, or be drawn from whatever sounds (music, noise). " +
      'In reference mode, always draw.',
  },
  check: {
    type: 'number',
    group: 'Lips and sound',
    value: 'MIN',
    min: 0,
    max: 100,
    essential: true,
    text:
      'Judge the output when it is written: do its lips follow its sound at least so well, within 60 ms? MIN is a correlation of mouth and sound, 0 to ' +
      "1, or SyncNet's confidence where its weights are given. docs/evaluation.md has what good videos reach. The output stays either way.",
  },
  bestOf: {
    type: 'integer',
    group: 'Lips and sound',
    min: 1,
    max: 16,
    default: 1,
    text:
      'Draw every window of frames with so many seeds, from the seed on, and keep the drawing whose mouths follow the sound the best. Drawing takes as many ' +
      'times as long. docs/evaluation.md has what that gains.',
  },
  length: {
    type: 'choice',
    group: 'Time',
    choices: outputLengths,
    defaultText: 'audio, but for inserted speech the last of both',
    essential: true,
    text: 'Where the output ends: with the speech, with the video, or with the first of both.',
  },
  extend: {
    type: 'choice',
    group: 'Time',
    choices: extensions,
    default: 'pingpong',
    text:
      "What is shown when the speech goes on after the video's end: the video backward and forward, the video from its beginning, " +
      'or its last frame; each at a sharp, still moment near the ends.',
  },
  start: {
    type: 'time',
    group: 'Time',
    value: 'TIME',
    text: 'Use the video from this time on: seconds, or [hh:]mm:ss[.mmm].',
  },
  end: { type: 'time', group: 'Time', value: 'TIME', text: 'Use the video up to this time.' },
  at: {
    type: 'time',
    group: 'Time',
    value: 'TIME',
    text: 'Insert the speech at this time of the video. Before it and after it, picture and sound of the video stay as they are.',
  },
  audioStart: {
    type: 'time',
    group: 'Time',
    value: 'TIME',
    text: 'Use the audio from this time on.',
  },
  audioOffset: {
    type: 'number',
    group: 'Time',
    value: 'MS',
    min: -LONGEST_OFFSET,
    max: LONGEST_OFFSET,
    default: 0,
    text: 'Move the speech, sound and lips, by so many milliseconds: later, or earlier where the number is below 0.',
  },
  mix: {
    type: 'number',
    group: 'Time',
    value: 'LEVEL',
    min: 0,
    max: 1,
    default: 0,
    text: "Keep the video's own sound under the speech, so loud: 0 is silent, 1 as it is.",
  },
  autoOffset: {
    type: 'flag',
    group: 'Time',
    text:
      "Measure by how much the video's own sound is late or early against its lips, and move all sound by as much: that sound, where it is " +
      'heard, and the speech, which is taken to be timed by it. Up to 60 ms are left as they are.',
  },
  preview: {
    type: 'excerpt',
    group: 'Time',
    value: 'SECONDS[@TIME]',
    text: 'Make only a piece of the output, from TIME of the output on, or from the beginning of the speech.',
  },
  journal: {
    type: 'choice',
    group: 'Machine',
    choices: ['keep', 'none'],
    default: 'keep',
    text: 'What an interrupted job leaves: keep what it has finished, so that the same command goes on from there, or none.',
  },
  workDir: {
    type: 'path',
    group: 'Machine',
    value: 'DIR',
    text: 'Folder for what interrupted jobs leave, instead of that of the output.',
  },
  fresh: {
    type: 'flag',
    group: 'Machine',
    text: 'Start anew, even if an interrupted job has left something to go on with.',
  },
  cache: {
    type: 'flag',
    group: 'Machine',
    default: true,
    text: 'Keep tracked and encoded faces and audio features on disk, for the next job with the same video or audio.',
  },
});

/** Every option of `LipsyncOptions`. */
export const lipsyncOptions = { ...fileOptions, ...lipsyncOpenOptions, ...lipsyncRunOptions } as const;
