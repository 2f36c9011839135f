// The figures promised for a lip-sync model, computed from measurements of clips: numbers only.
import type { Figure } from '../../util/figure.ts';
import type { MouthTrack } from '../../evaluation/mouth-track.ts';
import {
  bestShift,
  correlation,
  interceptOf,
  mean,
  smoothed,
  type Signal,
  type SignalPair,
} from '../../evaluation/signals.ts';
import { closures, silenceMovement, type SpokenMouth, type Tally } from '../../evaluation/speech-mouth.ts';

/** A figure of a model. */
export interface ReportFigure extends Figure {
  /** The same for the untouched clips, which is the best possible. */
  readonly originals?: number;
  /** The same for the mouth that is asked for. */
  readonly asked?: number;
}

/** What a sound asks of the mouth. */
export interface AskedMouth {
  /** [F] gap between the lips. */
  readonly opening: Signal;
  /** [F] distance between the corners of the mouth. */
  readonly width: Signal;
  /** [T] as indices of `PHONEME_SYMBOLS`, 50 per second. */
  readonly phonemes: Int32Array;
}

/** Quality of a face that was redrawn with its own sound. */
export interface OwnSoundQuality {
  /** Of the mouth's region, decibels. */
  readonly psnr: number;
  /** Of the mouth's region. */
  readonly ssim: number;
  /** Flicker of the mouth's region over that of the clip. */
  readonly flicker: number;
}

/** What was measured on one clip. */
export interface ClipMeasures {
  readonly name: string;
  /** Frames per second. */
  readonly frameRate: number;
  /** What the clip's own sound asks for. */
  readonly own: AskedMouth;
  /** What the sound of the other clip asks for, which drove the face. */
  readonly other: AskedMouth;
  /** The mouth of the untouched clip. */
  readonly original: MouthTrack;
  /** The mouth as the other sound drove it. */
  readonly driven: MouthTrack;
  readonly quality: OwnSoundQuality;
  /** The greatest change of a byte where nothing may change, in gray levels. */
  readonly changeOutside: number;
}

/** Shifts that are tried, frames. */
const MOST_SHIFT = 5;

/** Returns how well the openings follow what was asked for. */
export function openingCorrelation(pairs: readonly SignalPair[]): number {
  return mean(pairs.map(({ measured, asked }) => correlation(measured, asked)));
}

function share(tallies: readonly Tally[]): number {
  const [count, of] = tallies.reduce(([done, all], tally) => [done + tally.count, all + tally.of], [0, 0]);
  return (100 * count) / of;
}

/**
 * Returns the mouth of a clip with its opening counted from closed lips. The mesh reads a gap even on closed lips, and a
 * different one on every face; the untouched clip reveals it, since the distance between its lips is known.
 */
function spoken(
  { original, own, frameRate }: ClipMeasures,
  { opening }: MouthTrack,
  { phonemes }: AskedMouth,
): SpokenMouth {
  const closed = interceptOf(own.opening, original.opening);
  return { opening: opening.map((value) => value - closed), phonemes, frameRate };
}

/** Returns the figures of a model from what was measured on clips that it never saw. */
export function reportFigures(clips: readonly ClipMeasures[]): ReportFigure[] {
  const driven = clips.map(({ driven, other }) => ({ measured: driven.opening, asked: other.opening }));
  const original = clips.map(({ original, own }) => ({ measured: original.opening, asked: own.opening }));
  const stale = clips.map(({ driven, own }) => ({ measured: driven.opening, asked: own.opening }));
  const chance = clips.map(({ own, other }) => ({ measured: other.opening, asked: own.opening }));
  const speaking = clips.map((clip) => spoken(clip, clip.driven, clip.other));
  const spokenAsIs = clips.map((clip) => spoken(clip, clip.original, clip.own));
  return [
    {
      name: 'opening.correlation',
      value: openingCorrelation(driven),
      unit: '',
      bound: { atLeast: 0.8 },
      originals: openingCorrelation(original),
    },
    {
      name: 'opening.shift',
      value: Math.abs(bestShift(driven, MOST_SHIFT)),
      unit: 'frames',
      bound: { atMost: 1 },
      originals: Math.abs(bestShift(original, MOST_SHIFT)),
    },
    {
      name: 'opening.wrong-sound',
      value: openingCorrelation(stale),
      unit: '',
      bound: { atMost: 0.25 },
      originals: openingCorrelation(chance),
    },
    {
      name: 'lips.closed',
      value: share(speaking.map(closures)),
      unit: '% of p b m',
      bound: { atLeast: 85 },
      originals: share(spokenAsIs.map(closures)),
    },
    {
      name: 'silence.movement',
      value: silenceMovement(speaking),
      unit: 'of speech',
      bound: { atMost: 0.1 },
      originals: silenceMovement(spokenAsIs),
    },
    {
      name: 'width.correlation',
      value: mean(clips.map(({ driven, other }) => correlation(driven.width, other.width))),
      unit: '',
      bound: { atLeast: 0.6 },
      originals: mean(clips.map(({ original, own }) => correlation(original.width, own.width))),
    },
    {
      name: 'own-sound.psnr',
      value: mean(clips.map(({ quality }) => quality.psnr)),
      unit: 'dB',
      bound: { atLeast: 27 },
    },
    {
      name: 'own-sound.ssim',
      value: mean(clips.map(({ quality }) => quality.ssim)),
      unit: '',
      bound: { atLeast: 0.88 },
    },
    {
      name: 'own-sound.flicker',
      value: mean(clips.map(({ quality }) => quality.flicker)),
      unit: 'of clip',
      bound: { atMost: 1.5 },
    },
    {
      name: 'outside.change',
      value: Math.max(...clips.map(({ changeOutside }) => changeOutside)),
      unit: 'levels',
      bound: { atMost: 0 },
    },
  ];
}

/** A face that natural speech drove. */
export interface SpeechMeasures {
  /** Opening of the mouth, one value per frame. */
  readonly opening: Signal;
  /** Loudness of the speech at the same times. */
  readonly envelope: Signal;
}

/** Returns the figure of natural speech: how well the opening, smoothed to the pace of syllables, follows the loudness. */
export function speechFigure(recordings: readonly SpeechMeasures[]): ReportFigure {
  return {
    name: 'speech.correlation',
    value: mean(recordings.map(({ opening, envelope }) => correlation(smoothed(opening), envelope))),
    unit: '',
    bound: { atLeast: 0.5 },
  };
}

/** How well the opening follows what is asked for, at some number of denoising steps. */
export interface StepsMeasures {
  readonly steps: number;
  readonly correlation: number;
}

/** Returns the figure of fewer steps: the correlation that they lose against more. */
export function stepsFigure(fewer: StepsMeasures, more: StepsMeasures): ReportFigure {
  return {
    name: `steps.${fewer.steps}-not-${more.steps}`,
    value: more.correlation - fewer.correlation,
    unit: 'lost',
    bound: { atMost: 0.02 },
  };
}
