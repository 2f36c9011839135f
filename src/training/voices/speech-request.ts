// What a recorded voice is asked to say, and how: which voice, which sentences, how fast, how high, how large a speaker. Seeded.
import type { SeededRandom } from '../../synthetic/random.ts';
import { inventSentence } from './grammar.ts';
import { GRAMMARS } from './languages.ts';
import { findVoice, type RecordedVoice, type VoiceProgram } from './recorded-voices.ts';

/** Speech that can be made: the same request gives the same speech, by the same version of the program. */
export interface SpeechRequest {
  program: VoiceProgram;
  /** The program's name of the voice. */
  voice: string;
  texts: readonly string[];
  /** Seconds of silence before each text, and at the end. */
  pauses: readonly number[];
  /** How long the program makes its sounds; 1 is usual. */
  stretch: number;
  /** Pitch in the program; 1 is usual. */
  pitch: number;
  /** How much faster the sound is played: pitch, formants and speed rise together, as from a smaller speaker. */
  size: number;
  /** How much higher the formants alone are: a shorter vocal tract. */
  tract: number;
}

/** The most letters a second that a voice was heard to speak at its usual speed, so that no speech is shorter than asked. */
const LETTERS_PER_SECOND = 20;

/** Share of the speech in which the voice is as it was recorded. */
const UNCHANGED_SHARE = 0.25;

/** Returns a number between the bounds; its logarithm is even. */
function evenRatio(random: SeededRandom, low: number, high: number): number {
  return Math.round(1000 * low * (high / low) ** random.next()) / 1000;
}

/** Returns one of the voices: each person as likely as any other in the same language. */
function pickVoice(voices: readonly RecordedVoice[], random: SeededRandom): RecordedVoice {
  const speakers = [...new Set(voices.map(({ person, language }) => `${person} ${language}`))];
  const speaker = random.pick(speakers);
  return random.pick(voices.filter(({ person, language }) => `${person} ${language}` === speaker));
}

/**
 * Returns a request.
 *
 * @param options.voices - those to choose from, at least one.
 * @param options.seconds - that the speech lasts at least.
 * @param options.changed - whether pitch, speed and size may differ from the recorded person's. Default true.
 */
export function inventRequest(
  random: SeededRandom,
  { voices, seconds, changed = true }: { voices: readonly RecordedVoice[]; seconds: number; changed?: boolean },
): SpeechRequest {
  const { program, name, language, bends } = pickVoice(voices, random);
  const isChanged = random.next() >= UNCHANGED_SHARE && changed;
  const size = isChanged ? evenRatio(random, 0.88, 1.14) : 1;
  const tract = isChanged ? evenRatio(random, 0.92, 1.09) : 1;
  const pitch = isChanged && bends ? evenRatio(random, 0.8, 1.25) : 1;
  const speed = isChanged && bends ? evenRatio(random, 0.85, 1.2) : size;
  const texts: string[] = [];
  const pauses = [random.next() < 0.7 ? random.uniform(0, 0.6) : 0];
  for (let length = pauses[0]; length < seconds;) {
    const text = inventSentence(GRAMMARS[language], random);
    const pause = random.next() < 0.6 ? random.uniform(0, 0.25) : random.uniform(0.25, 0.8);
    texts.push(text);
    pauses.push(pause);
    length += text.length / LETTERS_PER_SECOND / speed + pause;
  }
  return {
    program,
    voice: name,
    texts,
    pauses: pauses.map((pause) => Math.round(1000 * pause) / 1000),
    stretch: Math.round((1000 * size) / speed) / 1000,
    pitch,
    size,
    tract,
  };
}

/** Returns the voice of a request that was written as JSON; undefined when it is none, or of a voice that is not known. */
export function requestedVoice(json: string): RecordedVoice | undefined {
  try {
    const { program, voice } = JSON.parse(json) as Partial<SpeechRequest>;
    return findVoice(String(program), String(voice));
  } catch {
    return undefined;
  }
}
