// What the judge says about a video: figures overall, per second, and per person.
import type { MediaWarning } from '../media/media-warning.ts';
import type { PictureFigures } from './face-figures.ts';
import type { PauseFigures } from './mouth-in-pauses.ts';
import type { LipAgreement } from './lip-agreement.ts';
import type { SourceFigures } from './source-comparison.ts';
import type { Verdict } from './verdict.ts';

/** Frames per second at which videos are judged, whatever their own rate. */
export const JUDGED_RATE = 25;

/** How lips and sound agree in the four seconds around a second. */
export interface SecondFigures {
  readonly second: number;
  /** Correlation of the mouth's opening with what is read from the sound, shifted as in the whole video. */
  readonly correlation: number;
  /** By how much the sound is late where they agree best in these seconds; below 0: early. */
  readonly soundLateMs: number;
}

/** SyncNet's score of a person. */
export interface SyncNetFigures {
  /** How much the best offset stands out; the official filter of training data asks for 3. */
  readonly confidence: number;
  /** By how much the sound is late against the lips; below 0: early. In whole frames. */
  readonly soundLateMs: number;
  /** Mean distance of lips and sound there. */
  readonly minDistance: number;
  /** Windows of five frames that were looked at. */
  readonly windows: number;
  /** The same for the windows that begin in a second. */
  readonly perSecond: readonly { readonly second: number; readonly confidence: number; readonly soundLateMs: number }[];
}

/** What is said of a person. */
export interface PersonJudgment extends Verdict {
  /** Counts people from 1, in the order in which they appear. */
  readonly person: number;
  /** Seconds in which the mouth is seen and fit to be judged. */
  readonly seconds: number;
  /** By how much the sound is late against the lips; below 0: early. Undefined where the verdict does not say that they agree. */
  readonly soundLateMs: number | undefined;
  /** Mouth opening against the sound; undefined where that cannot be told. */
  readonly agreement: LipAgreement | undefined;
  /** Undefined where there are too few pauses. */
  readonly pauses: PauseFigures | undefined;
  /** Undefined where the mouth is never seen. */
  readonly picture: PictureFigures | undefined;
  readonly perSecond: readonly SecondFigures[];
  /** Undefined without SyncNet's weights, or where the face is seen too briefly. */
  readonly syncNet: SyncNetFigures | undefined;
  /** Undefined without a source, or where it does not show the face. */
  readonly source: PersonSourceFigures | undefined;
}

/** How a person differs from the source. */
export interface PersonSourceFigures extends SourceFigures {
  /** Correlation of the mouth's opening with the source's, −1 … 1: near 1 where the mouth still does what it did. */
  readonly openingCorrelation: number;
  /** Product of the embeddings of both faces, near 1 for one person. */
  readonly embedding: number;
}

/** What the judge says of a video. */
export interface VideoJudgment extends Verdict {
  readonly video: string;
  /** Of the picture. */
  readonly durationSeconds: number;
  /** Whose verdict it is. */
  readonly person: number;
  readonly soundLateMs: number | undefined;
  readonly people: readonly PersonJudgment[];
  readonly warnings: readonly MediaWarning[];
}

/** What was measured in every frame, 25 per second. */
export interface JudgedSeries {
  /** NaN where there is no sound. */
  readonly loudness: Float64Array;
  /** The opening of each person's mouth, in the order of the judgment's people; NaN where it is not seen. */
  readonly openings: readonly Float64Array[];
}
