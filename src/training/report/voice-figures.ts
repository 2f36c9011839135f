// The figures of voices made from recordings of people, which training has never heard: the times of their own phones are the truth.
import type { MouthTrack } from '../../evaluation/mouth-track.ts';
import { correlation, interceptOf, mean, smoothed, type Signal } from '../../evaluation/signals.ts';
import { closures, type SpokenMouth, type Tally } from '../../evaluation/speech-mouth.ts';
import type { AskedMouth, ClipMeasures, ReportFigure } from './figures.ts';

/** A clip's face as a recorded voice drove it. */
export interface VoiceMeasures {
  /** The voice's name. */
  readonly voice: string;
  /** The clip, and how its mouth was read before. */
  readonly clip: Pick<ClipMeasures, 'name' | 'frameRate' | 'own' | 'original'>;
  /** What the voice asks of this person's mouth. */
  readonly asked: AskedMouth;
  readonly driven: MouthTrack;
  /** [F] loudness of the voice. */
  readonly envelope: Signal;
}

/** What one voice has come to. */
export interface VoiceOutcome {
  readonly voice: string;
  readonly clips: number;
  /** Mean correlation of the opening with the one that the phones ask for. */
  readonly correlation: number;
  /** In how many /p/, /b/, /m/ the lips closed, and how many there were. */
  readonly closed: number;
  readonly closures: number;
}

function openingCorrelation(measures: readonly VoiceMeasures[]): number {
  return mean(measures.map(({ driven, asked }) => correlation(driven.opening, asked.opening)));
}

/** Returns how often the lips closed; see `spoken` in figures.ts for the opening of closed lips. */
function closed(measures: readonly VoiceMeasures[]): Tally {
  const tallies = measures.map(({ clip: { own, original, frameRate }, driven, asked: { phonemes } }) => {
    const least = interceptOf(own.opening, original.opening);
    const mouth: SpokenMouth = { opening: driven.opening.map((value) => value - least), phonemes, frameRate };
    return closures(mouth);
  });
  return tallies.reduce((sum, { count, of }) => ({ count: sum.count + count, of: sum.of + of }), { count: 0, of: 0 });
}

/** Returns the figures of recorded voices. */
export function voiceFigures(measures: readonly VoiceMeasures[]): ReportFigure[] {
  const { count, of } = closed(measures);
  const following = (openingOf: (measured: VoiceMeasures) => Signal): number =>
    mean(measures.map((measured) => correlation(smoothed(openingOf(measured)), measured.envelope)));
  return [
    {
      name: 'voices.correlation',
      value: openingCorrelation(measures),
      unit: '',
      bound: { atLeast: 0.8 },
    },
    { name: 'voices.closed', value: (100 * count) / of, unit: '% of p b m', bound: { atLeast: 85 } },
    {
      name: 'voices.loudness',
      value: following(({ driven }) => driven.opening),
      unit: '',
      asked: following(({ asked }) => asked.opening),
    },
  ];
}

/** Returns what each voice has come to, in the order in which they spoke first. */
export function voiceOutcomes(measures: readonly VoiceMeasures[]): VoiceOutcome[] {
  return [...new Set(measures.map(({ voice }) => voice))].map((voice) => {
    const own = measures.filter((measured) => measured.voice === voice);
    const { count, of } = closed(own);
    return { voice, clips: own.length, correlation: openingCorrelation(own), closed: count, closures: of };
  });
}
