// Invented utterances: words made by the rules of English syllables, in phrases with pauses, as the sounds of sentences.ts.
import { mix, type SeededRandom } from './random.ts';
import { SENTENCES } from './sentences.ts';

/** Values with how often each is drawn, relative to the others. */
type WeightedSounds = readonly (readonly [sounds: string, weight: number])[];

// Weights follow the frequencies of running English; sounds with closed or rounded lips are drawn about 1.5 times as often, because
// viewers notice them.
const ONSETS: WeightedSounds = [
  ['', 14],
  ['P', 7],
  ['B', 8],
  ['T', 7],
  ['D', 6],
  ['K', 7],
  ['G', 3],
  ['M', 9],
  ['N', 6],
  ['F', 6],
  ['V', 2.5],
  ['TH', 1.5],
  ['DH', 1],
  ['S', 8],
  ['Z', 0.6],
  ['SH', 2],
  ['ZH', 0.15],
  ['CH', 1.8],
  ['JH', 2],
  ['HH', 5],
  ['W', 6],
  ['Y', 2],
  ['R', 5],
  ['L', 6],
  ['P L', 1.2],
  ['P R', 2],
  ['B L', 1],
  ['B R', 1.5],
  ['T R', 1.6],
  ['D R', 1],
  ['K L', 1],
  ['K R', 1],
  ['K W', 0.8],
  ['G R', 1],
  ['G L', 0.5],
  ['F L', 0.8],
  ['F R', 1.4],
  ['TH R', 0.7],
  ['S P', 1.4],
  ['S T', 2.4],
  ['S K', 1],
  ['S L', 0.6],
  ['S M', 0.7],
  ['S N', 0.4],
  ['S W', 0.6],
  ['T W', 0.4],
  ['S T R', 0.7],
  ['S P R', 0.3],
  ['M Y', 0.5],
  ['F Y', 0.3],
];
const NUCLEI: WeightedSounds = [
  ['IY', 9],
  ['IH', 10],
  ['EH', 9],
  ['AE', 9],
  ['AA', 7],
  ['AO', 8],
  ['UH', 4],
  ['UW', 9],
  ['AH', 7],
  ['ER', 5],
  ['EY', 7],
  ['AY', 7],
  ['OY', 2],
  ['AW', 4],
  ['OW', 9],
];
const WEAK_NUCLEI: WeightedSounds = [
  ['AX', 12],
  ['IH', 6],
  ['IY', 3],
  ['ER', 4],
  ['OW', 1.5],
];
const CODAS: WeightedSounds = [
  ['', 34],
  ['N', 10],
  ['T', 8],
  ['D', 5],
  ['S', 4],
  ['Z', 5],
  ['R', 4],
  ['L', 6],
  ['M', 6],
  ['P', 4],
  ['B', 2],
  ['K', 5],
  ['G', 1.5],
  ['F', 2],
  ['V', 2.5],
  ['TH', 1],
  ['DH', 0.4],
  ['SH', 1],
  ['ZH', 0.2],
  ['CH', 1.2],
  ['JH', 0.8],
  ['NG', 3],
  ['N D', 2],
  ['N T', 2],
  ['S T', 2],
  ['M P', 0.8],
  ['L D', 0.8],
  ['R D', 0.8],
  ['R T', 0.7],
  ['R M', 0.5],
  ['NG K', 0.5],
  ['K S', 0.8],
  ['T S', 0.8],
  ['P T', 0.3],
  ['F T', 0.4],
  ['L P', 0.3],
];
const WEAK_CODAS: WeightedSounds = [
  ['', 16],
  ['N', 5],
  ['L', 3],
  ['NG', 3],
  ['S', 1.5],
  ['Z', 2],
  ['D', 1.5],
  ['T', 1.5],
  ['M', 1.5],
];
/** The short words that every sentence is full of. */
const FUNCTION_WORDS: WeightedSounds = [
  ['DH AX', 10],
  ['AX', 6],
  ['AX N D', 6],
  ['T AX', 5],
  ['AX V', 5],
  ['IH N', 4],
  ['DH AE T', 2.5],
  ['IH T', 2.5],
  ['IH Z', 2.5],
  ['W AX Z', 2],
  ['F ER', 2],
  ['Y UW', 2.5],
  ['HH IY', 1.2],
  ['SH IY', 1],
  ['W IY', 2],
  ['DH EY', 1.2],
  ['B IY', 1.5],
  ['B AX T', 1.5],
  ['B AY', 1.2],
  ['AA N', 1.5],
  ['AE Z', 1],
  ['W IH DH', 1.5],
  ['M AY', 2],
  ['HH AE V', 1],
  ['N AA T', 1.2],
  ['W IH L', 1],
  ['D UW', 1.2],
  ['F R AX M', 1],
  ['S OW', 1],
  ['AW T', 0.8],
  ['AH P', 1],
  ['W UH D', 0.8],
  ['K AE N', 0.8],
  ['M IY', 0.8],
];
const SYLLABLES: readonly (readonly [count: number, weight: number])[] = [
  [1, 10],
  [2, 8],
  [3, 3],
  [4, 0.8],
];

/** What an utterance is like. */
export interface UtteranceOptions {
  /** Minimum length of the utterance at a usual rate of speech, in seconds. */
  seconds: number;
  /** Share of the phrases that are one of {@link SENTENCES} instead of invented; 0 … 1. Defaults to 0. */
  sentences?: number;
}

function pickWeighted<T>(values: readonly (readonly [value: T, weight: number])[], random: SeededRandom): T {
  let left = random.next() * values.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of values) {
    left -= weight;
    if (left < 0) return value;
  }
  return values[values.length - 1][0];
}

/** Returns the sounds of an invented word; one syllable is stressed, the others are mostly weak. */
function inventWord(random: SeededRandom): string {
  const count = pickWeighted(SYLLABLES, random);
  const stressed = random.next() < 0.65 ? 0 : random.integer(count);
  const syllables = Array.from({ length: count }, (_, index) => {
    const strong = index === stressed;
    const full = strong || random.next() < 0.3;
    const last = index === count - 1;
    const onset = index > 0 && !strong ? pickWeighted(ONSETS.slice(1, 24), random) : pickWeighted(ONSETS, random);
    const coda = full && (last || random.next() < 0.35) ? pickWeighted(CODAS, random) : '';
    const weakCoda = !full && last ? pickWeighted(WEAK_CODAS, random) : '';
    const nucleus = pickWeighted(full ? NUCLEI : WEAK_NUCLEI, random);
    return `${onset} ${nucleus}${strong ? '1' : ''} ${coda || weakCoda}`;
  });
  return syllables.join(' ').replace(/\s+/g, ' ').trim();
}

/** Returns the sounds of a phrase of invented words, with short words between them. */
function inventPhrase(random: SeededRandom): string {
  const words: string[] = [];
  for (let left = 2 + random.integer(4); left > 0; left--) {
    if (random.next() < 0.6) words.push(pickWeighted(FUNCTION_WORDS, random));
    words.push(inventWord(random));
  }
  return words.join(' / ');
}

/** Returns a silence as sentences.ts writes it. */
function pause(seconds: number): string {
  return `,${seconds.toFixed(2)}`;
}

/** Approximate length of a sound, in seconds. */
const SECONDS_PER_SOUND = 0.085;

/**
 * Returns the sounds of an utterance: phrases with pauses of 0.1 to 1 s between them and silence of up to 0.8 s at the
 * beginning. The seed of `random` decides everything.
 */
export function inventUtterance(random: SeededRandom, { seconds, sentences = 0 }: UtteranceOptions): string {
  const parts: string[] = [];
  let length = random.next() < 0.7 ? random.uniform(0, 0.8) : 0;
  if (length > 0.02) parts.push(pause(length));
  while (length < seconds) {
    const phrase = random.next() < sentences ? random.pick(SENTENCES).sounds : inventPhrase(random);
    const silence = random.next() < 0.55 ? random.uniform(0.1, 0.3) : mix(0.3, 1, random.next());
    parts.push(phrase, pause(silence));
    length += silence + phrase.split(' ').filter((word) => word !== '/').length * SECONDS_PER_SOUND;
  }
  return parts.join(' ');
}
