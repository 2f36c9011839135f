// What a power cut, or a bad disk, makes of a file.
import type { TorchGenerator } from '../../src/util/random.ts';

/** Zeros from somewhere on, the end missing, or one bit turned over. */
export const byteDamages = ['zeros', 'cut', 'flip'] as const;

/** Returns bytes with damage at a random place. The same bytes may come back where they are zeros. */
export function damaged(bytes: Buffer, kind: (typeof byteDamages)[number], random: TorchGenerator): Buffer {
  const place = random.integer(bytes.length);
  if (kind === 'cut') return bytes.subarray(0, place);
  const copy = Buffer.from(bytes);
  if (kind === 'zeros') return copy.fill(0, place);
  copy[place] ^= 1 << random.integer(8);
  return copy;
}
