// Windows whose sound is known to be shifted: the judge's verdicts and the shift are found.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../tensor/tensor.ts';
import { judgeSync, syncFigures } from './sync-judgment.ts';

const WINDOWS = 40;

/** Unit vectors that turn by an angle per window, ahead by a number of windows. */
function turning(ahead: number, windows = WINDOWS): Tensor<'float32'> {
  const out = Tensor.float32([windows, 2]);
  for (let window = 0; window < windows; window++) {
    out.data.set([Math.cos(0.25 * (window + ahead)), Math.sin(0.25 * (window + ahead))], 2 * window);
  }
  return out;
}

describe('judgeSync', () => {
  it('finds that sound belongs to its lips, and sound of other times does not', () => {
    const { together, shifted, shift } = judgeSync(turning(0), turning(0));
    expect(together).toEqual(Array(WINDOWS).fill(true));
    expect(shift).toBe(0);
    // The cosine of five windows is that of 1.25 rad, 0.32: not together.
    expect(shifted).toHaveLength(2 * Array.from({ length: 11 }, (_, i) => WINDOWS - 5 - i).reduce((a, b) => a + b));
    expect(shifted).not.toContain(true);
  });

  it.each([-6, 3])('finds sound that is ahead by %i frames', (ahead) => {
    const { together, shift } = judgeSync(turning(0), turning(ahead));
    expect(shift).toBe(-ahead);
    expect(together[0]).toBe(Math.cos(0.25 * ahead) >= 0.5);
  });

  it('says nothing of a clip without a window', () => {
    expect(judgeSync(turning(0, 0), turning(0, 0))).toEqual({ together: [], shifted: [], shift: NaN });
  });
});

it('syncFigures counts windows of all clips, and takes the mean of the shifts', () => {
  const good = { together: [true, true, true], shifted: [false, true], shift: 0 };
  const bad = { together: [false], shifted: [true, true], shift: -4 };
  const figures = syncFigures([
    { drawn: good, original: good },
    { drawn: bad, original: good },
  ]);
  expect(figures).toEqual([
    { name: 'sync.together', unit: '% of windows', value: 75, originals: 100 },
    { name: 'sync.shifted', unit: '% of windows', value: 75, originals: 50 },
    { name: 'sync.shift', unit: 'frames', value: 2, originals: 0 },
  ]);
});
