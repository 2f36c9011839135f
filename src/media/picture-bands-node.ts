// Work on large pictures band by band: between two of them, whatever else the program has to do gets its turn.
import { setImmediate } from 'node:timers/promises';
import type { Rows } from './yuv.ts';

/** Pixels of a band. Converting them takes a few milliseconds, 10 on a slow machine. */
const BAND_PIXELS = 2 ** 20;

/** Calls `work` with rows that together are the whole picture, from the first to the last; an even number, but for the last ones. */
export async function inBands(width: number, height: number, work: (rows: Rows) => void): Promise<void> {
  const bandHeight = 2 * Math.max(1, Math.floor(BAND_PIXELS / 2 / width));
  for (let from = 0; from < height; from += bandHeight) {
    if (from > 0) await setImmediate();
    work({ from, to: Math.min(height, from + bandHeight) });
  }
}
