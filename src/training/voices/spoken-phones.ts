// From the phones of a program to timed sounds: mapped, scaled, as loud as they are in the sound.
import { PHONEMES, type TimedPhoneme } from '../../synthetic/phonemes.ts';
import { meanPower } from '../data/sound-noise.ts';
import { CLIP_SAMPLE_RATE } from '../data/training-clip.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import { PHONE_SETS, type PhoneSetName } from './phone-sets.ts';

/** A phone as a program tells it. */
export interface SpokenPhone {
  name: string;
  /** Seconds from the beginning of the sound. */
  end: number;
  /** Whether its syllable is stressed; undefined when the program does not say. */
  stressed?: boolean;
}

/**
 * Returns phones as sounds from time 0 on; the parts of a phone are equally long.
 *
 * @param options.scale - by which the program's times are multiplied.
 * @throws LatentSyncError `program-failed` for a phone that the set does not have: its definition has changed.
 */
export function soundsOfPhones(
  phones: readonly SpokenPhone[],
  { set, scale = 1 }: { set: PhoneSetName; scale?: number },
): TimedPhoneme[] {
  const sounds: TimedPhoneme[] = [];
  let start = 0;
  for (const { name, end, stressed } of phones) {
    const parts = PHONE_SETS[set].get(name);
    if (!parts) {
      throw new LatentSyncError(
        'program-failed',
        wording`A voice spoke the phone ${name}, which the set of phones "${set}" does not have.`,
        { remedy: 'Report this, with the version of the voice.' },
      );
    }
    const stop = Math.max(start, scale * end);
    const length = (stop - start) / parts.length;
    parts.forEach(({ symbol, stress }, index) => {
      if (length <= 0) return;
      const from = start + index * length;
      const isVowel = PHONEMES[symbol].manner === 'vowel';
      appendSound(sounds, {
        symbol,
        stress: stress ?? (isVowel && stressed !== false ? 1 : 0),
        start: from,
        end: index === parts.length - 1 ? stop : from + length,
      });
    });
    start = stop;
  }
  return sounds;
}

/** Adds a sound that begins where the last one ends; a silence after a silence makes it longer. */
export function appendSound(sounds: TimedPhoneme[], next: TimedPhoneme): void {
  const last = sounds.at(-1);
  if (last?.symbol === 'SIL' && next.symbol === 'SIL') last.end = next.end;
  else if (next.end > next.start) sounds.push(next);
}

/** Share of the vowels that are at most as loud as the one that counts as loudest. */
const LOUDEST = 0.95;

/**
 * Returns sounds with their loudness in the samples: that of vowels is measured against the loudest, and a consonant is as loud as
 * the vowel after it.
 *
 * @param samples - mono at 16 kHz.
 */
export function withLoudness(sounds: readonly TimedPhoneme[], samples: Float32Array): TimedPhoneme[] {
  const levels = sounds.map(({ symbol, start, end }) => {
    if (PHONEMES[symbol].manner !== 'vowel') return NaN;
    const part = samples.subarray(Math.floor(start * CLIP_SAMPLE_RATE), Math.ceil(end * CLIP_SAMPLE_RATE));
    return Math.sqrt(meanPower(part));
  });
  const ascending = levels.filter((level) => level > 0).sort((a, b) => a - b);
  const loudest = ascending.at(Math.floor(LOUDEST * (ascending.length - 1)));
  if (loudest === undefined) return [...sounds];
  let following = 1;
  return sounds
    .map((sound, index) => ({ sound, level: levels[index] }))
    .reverse()
    .map(({ sound, level }) => {
      if (!Number.isNaN(level)) following = Math.min(1, level / loudest);
      return { ...sound, loudness: following };
    })
    .reverse();
}
