// The sounds of English: how each is made (for the synthesizer) and how long it lasts. Symbols are ARPAbet.
// Formant figures are rounded from published averages of adult men (Peterson & Barney 1952; Hillenbrand et al. 1995;
// Klatt 1980); other voices scale them.

/** Manner of articulation, to the extent that synthesis distinguishes it. */
export type Manner = 'vowel' | 'glide' | 'nasal' | 'fricative' | 'stop' | 'affricate' | 'aspirate' | 'silence';

/** Place of articulation of a consonant: decides where formants bend to and how a burst sounds. */
export type Place = 'labial' | 'dental' | 'alveolar' | 'palatal' | 'velar' | 'glottal';

/** A noise band: center and width in Hz, and its strength. */
export interface NoiseBand {
  frequency: number;
  bandwidth: number;
  gain: number;
}

/** One sound. */
export interface Phoneme {
  manner: Manner;
  voiced: boolean;
  place?: Place;
  /** Usual duration when stressed, seconds. */
  duration: number;
  /** First three formants, Hz; of consonants, what the vocal tract aims at. */
  formants: readonly [number, number, number];
  /** Formants at the end of a diphthong. */
  glideTo?: readonly [number, number, number];
  /** Noise made at a constriction; of stops, the burst. */
  noise?: readonly NoiseBand[];
}

function vowel(duration: number, f1: number, f2: number, f3: number, glideTo?: [number, number, number]): Phoneme {
  return { manner: 'vowel', voiced: true, duration, formants: [f1, f2, f3], ...(glideTo && { glideTo }) };
}

function consonant(
  manner: Manner,
  place: Place,
  voiced: boolean,
  duration: number,
  formants: readonly [number, number, number],
  noise?: readonly NoiseBand[],
): Phoneme {
  return { manner, place, voiced, duration, formants, ...(noise && { noise }) };
}

const HISS: readonly NoiseBand[] = [
  { frequency: 5200, bandwidth: 900, gain: 0.7 },
  { frequency: 6600, bandwidth: 1200, gain: 1 },
];
const HUSH: readonly NoiseBand[] = [
  { frequency: 2600, bandwidth: 500, gain: 0.9 },
  { frequency: 4100, bandwidth: 1300, gain: 0.6 },
];
const BREATHY: readonly NoiseBand[] = [
  { frequency: 1600, bandwidth: 2500, gain: 0.06 },
  { frequency: 6800, bandwidth: 2400, gain: 0.2 },
];
const LABIAL_BURST: readonly NoiseBand[] = [{ frequency: 900, bandwidth: 1400, gain: 0.5 }];
const ALVEOLAR_BURST: readonly NoiseBand[] = [
  { frequency: 4200, bandwidth: 1400, gain: 0.9 },
  { frequency: 6500, bandwidth: 1600, gain: 0.4 },
];
const VELAR_BURST: readonly NoiseBand[] = [
  { frequency: 1900, bandwidth: 450, gain: 1 },
  { frequency: 4800, bandwidth: 1500, gain: 0.25 },
];

/** Symbol of a sound, as in ARPAbet; SIL is silence. */
export type PhonemeSymbol =
  | 'SIL'
  | 'IY'
  | 'IH'
  | 'EH'
  | 'AE'
  | 'AA'
  | 'AO'
  | 'UH'
  | 'UW'
  | 'AH'
  | 'AX'
  | 'ER'
  | 'EY'
  | 'AY'
  | 'OY'
  | 'AW'
  | 'OW'
  | 'W'
  | 'Y'
  | 'R'
  | 'L'
  | 'M'
  | 'N'
  | 'NG'
  | 'P'
  | 'B'
  | 'T'
  | 'D'
  | 'K'
  | 'G'
  | 'F'
  | 'V'
  | 'TH'
  | 'DH'
  | 'S'
  | 'Z'
  | 'SH'
  | 'ZH'
  | 'CH'
  | 'JH'
  | 'HH';

/** Every sound by its symbol. */
export const PHONEMES: Readonly<Record<PhonemeSymbol, Phoneme>> = {
  SIL: { manner: 'silence', voiced: false, duration: 0.2, formants: [500, 1500, 2500] },
  IY: vowel(0.14, 285, 2290, 3010),
  IH: vowel(0.11, 400, 1990, 2550),
  EH: vowel(0.13, 540, 1840, 2480),
  AE: vowel(0.17, 670, 1720, 2410),
  AA: vowel(0.17, 740, 1100, 2480),
  AO: vowel(0.17, 580, 860, 2440),
  UH: vowel(0.11, 450, 1050, 2260),
  UW: vowel(0.14, 310, 900, 2250),
  AH: vowel(0.11, 620, 1220, 2450),
  AX: vowel(0.07, 500, 1450, 2500),
  ER: vowel(0.15, 480, 1320, 1680),
  EY: vowel(0.17, 480, 1980, 2540, [310, 2240, 2850]),
  AY: vowel(0.2, 720, 1200, 2520, [360, 2080, 2650]),
  OY: vowel(0.22, 540, 850, 2430, [370, 2000, 2550]),
  AW: vowel(0.2, 720, 1260, 2450, [400, 950, 2350]),
  OW: vowel(0.17, 520, 980, 2420, [360, 830, 2350]),
  W: consonant('glide', 'labial', true, 0.07, [300, 640, 2200]),
  Y: consonant('glide', 'palatal', true, 0.06, [270, 2240, 2950]),
  R: consonant('glide', 'alveolar', true, 0.07, [330, 1120, 1480]),
  L: consonant('glide', 'alveolar', true, 0.07, [350, 1050, 2750]),
  M: consonant('nasal', 'labial', true, 0.075, [260, 1050, 2200]),
  N: consonant('nasal', 'alveolar', true, 0.065, [260, 1450, 2500]),
  NG: consonant('nasal', 'velar', true, 0.08, [260, 1900, 2500]),
  P: consonant('stop', 'labial', false, 0.095, [350, 900, 2200], LABIAL_BURST),
  B: consonant('stop', 'labial', true, 0.08, [250, 900, 2200], LABIAL_BURST),
  T: consonant('stop', 'alveolar', false, 0.09, [350, 1750, 2600], ALVEOLAR_BURST),
  D: consonant('stop', 'alveolar', true, 0.07, [250, 1750, 2600], ALVEOLAR_BURST),
  K: consonant('stop', 'velar', false, 0.095, [350, 1950, 2350], VELAR_BURST),
  G: consonant('stop', 'velar', true, 0.075, [250, 1950, 2350], VELAR_BURST),
  F: consonant('fricative', 'labial', false, 0.1, [340, 1050, 2150], BREATHY),
  V: consonant('fricative', 'labial', true, 0.07, [280, 1050, 2150], BREATHY),
  TH: consonant('fricative', 'dental', false, 0.09, [320, 1300, 2550], BREATHY),
  DH: consonant('fricative', 'dental', true, 0.055, [280, 1300, 2550], BREATHY),
  S: consonant('fricative', 'alveolar', false, 0.105, [330, 1550, 2600], HISS),
  Z: consonant('fricative', 'alveolar', true, 0.08, [270, 1550, 2600], HISS),
  SH: consonant('fricative', 'palatal', false, 0.11, [320, 1800, 2550], HUSH),
  ZH: consonant('fricative', 'palatal', true, 0.075, [270, 1800, 2550], HUSH),
  CH: consonant('affricate', 'palatal', false, 0.13, [330, 1800, 2550], HUSH),
  JH: consonant('affricate', 'palatal', true, 0.1, [260, 1800, 2550], HUSH),
  HH: consonant('aspirate', 'glottal', false, 0.065, [500, 1500, 2500]),
};

/** The sounds for which the lips meet. */
export const LIPS_MEET: ReadonlySet<PhonemeSymbol> = new Set(['P', 'B', 'M']);

/** A sound in an utterance. */
export interface TimedPhoneme {
  symbol: PhonemeSymbol;
  /** 0 unstressed, 1 stressed; vowels carry it. */
  stress: 0 | 1;
  /** Seconds from the beginning of the utterance. */
  start: number;
  end: number;
  /** Strength of its sound, 1 for the loudest. Left out: usual. */
  loudness?: number;
}

/** Returns whether a word names a sound. */
export function isPhoneme(symbol: string): symbol is PhonemeSymbol {
  return Object.hasOwn(PHONEMES, symbol);
}
