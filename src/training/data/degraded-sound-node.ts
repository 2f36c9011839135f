// A voice as it arrives in files: what sound-augmentation.ts does to it, then a lossy codec. 16 kHz mono, seeded; nothing moves.
import { lossyCodecs, throughCodec, type SoundCoding } from './coded-sound-node.ts';
import type { SeededRandom } from '../../synthetic/random.ts';
import { augmentSound, sampleAugmentation, type SoundAugmentation } from './sound-augmentation.ts';

/** What happens to a sound: an augmentation, and a codec if there is one. */
export interface SoundDegradation extends SoundAugmentation {
  coding?: SoundCoding;
}

/** Share of the sounds that a codec has been through. */
const CODED_SHARE = 0.4;

/** Bits per second that codecs are given: the first is what calls and voice messages have, the last what videos have at least. */
const BIT_RATES = [16_000, 24_000, 32_000, 48_000, 64_000];

/** Returns a random degradation. */
export function sampleDegradation(random: SeededRandom): SoundDegradation {
  const augmentation = sampleAugmentation(random.fork('augmentation'));
  const choice = random.fork('coding');
  if (choice.next() >= CODED_SHARE) return augmentation;
  return { ...augmentation, coding: { codec: choice.pick(lossyCodecs), bitRate: choice.pick(BIT_RATES) } };
}

/** Returns a sound with a degradation, as long as before, within ±1. */
export async function degradeSound(
  samples: Float32Array,
  { coding, ...augmentation }: SoundDegradation,
  random: SeededRandom,
): Promise<Float32Array> {
  const sound = augmentSound(samples, augmentation, random);
  if (!coding) return sound;
  return (await throughCodec(sound, coding)).map((x) => Math.max(-1, Math.min(1, x)));
}
