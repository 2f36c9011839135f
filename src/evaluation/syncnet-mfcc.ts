// The MFCC of a sound of any length, as SyncNet hears it: samples → rows of 13 coefficients, 100 per second.
import type { SampleStream } from '../audio/encoder-inputs.ts';
import { mfcc } from '../audio/mfcc.ts';
import { Tensor } from '../tensor/tensor.ts';
import { joined } from '../util/joined.ts';

/** Samples from one row to the next, and of one row. */
const HOP = 160;
const ROW = 400;

/** Rows that are computed at a time. */
const PIECE = 1000;

/** Returns the rows [T, 13]; an hour takes 19 MB. @param samples - 16 kHz mono. */
export async function streamedMfcc(samples: SampleStream): Promise<Tensor<'float32'>> {
  const parts: Tensor<'float32'>[] = [];
  let pending = new Float32Array(0);
  // The first row of a piece begins without the sample before it, and belongs to the piece before.
  let isFirst = true;
  const add = (piece: Float32Array): void => {
    const rows = mfcc(piece);
    parts.push(isFirst ? rows : rows.slice(0, 1));
    isFirst = false;
  };
  for await (const more of samples) {
    pending = joined([pending, more]);
    while (pending.length > PIECE * HOP + ROW) {
      add(pending.subarray(0, (PIECE - 1) * HOP + ROW));
      pending = pending.slice((PIECE - 1) * HOP);
    }
  }
  if (pending.length > 0) add(pending);
  return parts.length === 0 ? Tensor.float32([0, 13]) : Tensor.concat(parts, 0);
}
