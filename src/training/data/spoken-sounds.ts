// The sounds of a recorded voice as a clip's file keeps them: a line of text.
import { isPhoneme, type TimedPhoneme } from '../../synthetic/phonemes.ts';

/** Returns sounds as text: symbol, stress, end in seconds and loudness of each. They follow each other from time 0 on. */
export function writeSpokenSounds(sounds: readonly TimedPhoneme[]): string {
  return sounds
    .map(({ symbol, stress, end, loudness = 1 }) => `${symbol}${stress} ${end.toFixed(4)} ${loudness.toFixed(3)}`)
    .join(', ');
}

/**
 * Reads what {@link writeSpokenSounds} wrote.
 *
 * @throws RangeError when it is anything else.
 */
export function spokenSounds(text: string): TimedPhoneme[] {
  let start = 0;
  return text.split(', ').map((entry) => {
    const [, symbol, stress, end, loudness] = /^([A-Z]+)([01]) ([\d.]+) ([\d.]+)$/.exec(entry) ?? [];
    if (!isPhoneme(symbol)) throw new RangeError(`text must list sounds with their times (got "${entry}").`);
    const sound: TimedPhoneme = {
      symbol,
      stress: stress === '1' ? 1 : 0,
      start,
      end: Number(end),
      loudness: Number(loudness),
    };
    start = sound.end;
    return sound;
  });
}
