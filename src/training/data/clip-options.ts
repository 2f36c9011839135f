// The options of generateClips and importVideos, apart from the functions, which load much more.
import { SPEECH_SOURCES } from '../voices/recorded-voices.ts';
import { defineOptions } from '../../util/option-table.ts';

const output = {
  type: 'path',
  group: 'Files',
  value: 'DIR',
  short: 'o',
  required: true,
  text: 'Folder for the clips.',
} as const;

const seconds = { type: 'number', group: 'Clips', min: 1, max: 60, default: 4 } as const;

const resolution = {
  type: 'integer',
  group: 'Clips',
  min: 64,
  max: 512,
  defaultText: 'that of the model "tiny"',
  text: 'Side of the aligned faces in pixels, a multiple of 8.',
} as const;

/** The options of `GenerateClipsOptions`. */
export const generateClipsOptions = defineOptions({
  output,
  clips: { type: 'integer', group: 'Clips', min: 1, max: 1_000_000, default: 240, text: 'Number of clips.' },
  seconds: { ...seconds, text: 'Length of each clip in seconds.' },
  seed: {
    type: 'integer',
    group: 'Clips',
    min: 1,
    max: 999,
    default: 1,
    text: 'Seed of the set. Different sets have no people in common.',
  },
  heldOut: {
    type: 'flag',
    group: 'Clips',
    text: 'For testing: use people, voices, and words that never appear in clips for training.',
  },
  clean: {
    type: 'flag',
    group: 'Clips',
    text: "Leave the pictures as they are rendered, without a camera's color, blur, grain, and compression.",
  },
  resolution,
  clipsPerPerson: { type: 'integer', group: 'Clips', min: 1, max: 1000, default: 1, text: 'Clips of each person.' },
  speech: {
    type: 'choice',
    group: 'Clips',
    list: true,
    choices: SPEECH_SOURCES,
    defaultText: 'synthetic',
    text:
      'Who speaks, each for as many clips as the others: the programs flite and festival with voices made from recordings of people, ' +
      'and the synthetic voices of this program.',
  },
  workers: {
    type: 'integer',
    group: 'Machine',
    min: 1,
    max: 256,
    defaultText: 'one per core',
    text: 'Processes that render clips, each on one core.',
  },
});

/** The options of `ImportVideosOptions`. */
export const importVideosOptions = defineOptions({
  videos: {
    type: 'path',
    group: 'Files',
    value: 'DIR',
    required: true,
    text: 'Folder with videos of people talking, or a list of them, one path per line.',
  },
  output,
  seconds: { ...seconds, text: 'Maximum length of a clip in seconds.' },
  resolution,
  oneFace: { type: 'flag', group: 'Filters', text: 'Take only frames that show exactly one face.' },
  minFace: {
    type: 'integer',
    group: 'Filters',
    min: 1,
    max: 4096,
    default: 1,
    text: 'Least width and height of a face in the video, in pixels.',
  },
  syncnet: {
    type: 'path',
    group: 'Filters',
    value: 'FILE',
    text:
      'Weights of SyncNet v2, syncnet_v2.model: by how much the sound of each clip is off is measured and corrected. Clips of less than ' +
      '51 frames, with sound that is off by more than six, or with too little confidence, are dropped.',
  },
  minConfidence: {
    type: 'number',
    group: 'Filters',
    min: 0,
    max: 100,
    default: 3,
    text: "SyncNet's confidence from which on a clip is kept.",
  },
  hyperiqa: {
    type: 'path',
    group: 'Filters',
    value: 'FILE',
    text: 'Weights of HyperIQA, koniq_pretrained.pkl: clips whose faces look too bad are dropped.',
  },
  minQuality: {
    type: 'number',
    group: 'Filters',
    min: 0,
    max: 100,
    default: 40,
    text: "HyperIQA's score from which on a clip is kept.",
  },
});
