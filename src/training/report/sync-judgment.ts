// A StableSyncNet's verdict on a clip: embeddings of its windows [W, D] → how often lips and sound match, and at which shift.
import { type Tensor } from '../../tensor/tensor.ts';
import type { ReportFigure } from './figures.ts';
import { mean } from '../../evaluation/signals.ts';

/** Sound shifted by at least this many frames counts as another sound, as in training. */
const LEAST_SHIFT = 5;

/** Shifts that are tried, frames. */
const MOST_SHIFT = 15;

/** Lips and sound count as matching from this cosine on. */
const TOGETHER = 0.5;

/** What was found in a clip. */
export interface SyncJudgment {
  /** For each window, whether lips and their sound match. */
  readonly together: readonly boolean[];
  /** The same with sound of 5 to 15 frames before and after. */
  readonly shifted: readonly boolean[];
  /** The shift of the sound, frames, at which the mean cosine is greatest. */
  readonly shift: number;
}

/**
 * Compares lips with the sound of their own window and of those around it.
 *
 * @param lips - unit vectors [W, D], one for each frame that a window begins with.
 * @param sound - unit vectors [W, D].
 */
export function judgeSync(lips: Tensor<'float32'>, sound: Tensor<'float32'>): SyncJudgment {
  const [count, width] = lips.shape;
  const cosine = (window: number, heard: number): number => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += lips.data[window * width + i] * sound.data[heard * width + i];
    return sum;
  };
  const together: boolean[] = [];
  const shifted: boolean[] = [];
  let best = { shift: NaN, cosine: -Infinity };
  for (let shift = -MOST_SHIFT; shift <= MOST_SHIFT; shift++) {
    const cosines: number[] = [];
    for (let window = Math.max(0, -shift); window < count - Math.max(0, shift); window++) {
      cosines.push(cosine(window, window + shift));
    }
    if (cosines.length === 0) continue;
    const belong = cosines.map((value) => value >= TOGETHER);
    if (shift === 0) together.push(...belong);
    else if (Math.abs(shift) >= LEAST_SHIFT) shifted.push(...belong);
    if (mean(cosines) > best.cosine) best = { shift, cosine: mean(cosines) };
  }
  return { together, shifted, shift: best.shift };
}

/** Returns the figures of what was found in clips: redrawn, and untouched. */
export function syncFigures(clips: readonly { drawn: SyncJudgment; original: SyncJudgment }[]): ReportFigure[] {
  const drawn = clips.map((clip) => clip.drawn);
  const originals = clips.map((clip) => clip.original);
  const windows = '% of windows';
  return [
    { name: 'sync.together', unit: windows, value: share(drawn, 'together'), originals: share(originals, 'together') },
    { name: 'sync.shifted', unit: windows, value: share(drawn, 'shifted'), originals: share(originals, 'shifted') },
    { name: 'sync.shift', unit: 'frames', value: meanShift(drawn), originals: meanShift(originals) },
  ];
}

function share(judgments: readonly SyncJudgment[], part: 'together' | 'shifted'): number {
  return 100 * mean(judgments.flatMap((judgment) => judgment[part].map(Number)));
}

function meanShift(judgments: readonly SyncJudgment[]): number {
  return mean(judgments.map(({ shift }) => Math.abs(shift)));
}
