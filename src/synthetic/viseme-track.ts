// The mouth over time: each sound's target shape, blended with its neighbors' by dominance functions.
// After Cohen & Massaro, "Modeling coarticulation in synthetic visual speech" (1993).
import { MOUTH_NAMES, NEUTRAL_MOUTH, type MouthShape } from './expression.ts';
import { PHONEMES, type PhonemeSymbol, type TimedPhoneme } from './phonemes.ts';
import { clamp, smoothstep } from './random.ts';

/** What a sound asks of the mouth: a target and, for what it insists on, how strongly. */
interface Viseme {
  target: Partial<MouthShape>;
  /** Dominance of figures that matter more (or less) than usual for this sound. */
  insists?: Partial<Record<keyof MouthShape, number>>;
}

const LIPS_SHUT: Viseme = {
  target: { jaw: 0.1, closure: 1, press: 0.45 },
  insists: { closure: 40, press: 8, jaw: 1.2, upperRaise: 4, lowerDrop: 4, width: 0.3, protrusion: 0.3 },
};
const LIP_ON_TEETH: Viseme = {
  target: { jaw: 0.12, tuck: 1, upperRaise: 0.3, width: 0.1 },
  insists: { tuck: 20, jaw: 2, upperRaise: 2, lowerDrop: 4, width: 0.3, protrusion: 0.5 },
};
const TONGUE_BETWEEN: Viseme = {
  target: { jaw: 0.24, tongueForward: 1, tongueTip: 0.75, lowerDrop: 0.3, upperRaise: 0.1 },
  insists: { tongueForward: 8, tongueTip: 6, jaw: 1.2, width: 0.3, protrusion: 0.4 },
};
const TONGUE_UP: Viseme = {
  target: { jaw: 0.2, tongueTip: 1, lowerDrop: 0.28, upperRaise: 0.14, width: 0.1 },
  insists: { tongueTip: 6, jaw: 0.8, width: 0.2, protrusion: 0.25, lowerDrop: 0.6 },
};
const TEETH_TOGETHER: Viseme = {
  target: { jaw: 0.1, width: 0.35, lowerDrop: 0.5, upperRaise: 0.3, tongueTip: 0.5 },
  insists: { jaw: 3, lowerDrop: 1.5, width: 0.5, protrusion: 0.5 },
};
const HUSHED: Viseme = {
  target: { jaw: 0.14, width: -0.5, protrusion: 0.75, lowerDrop: 0.45, upperRaise: 0.35 },
  insists: { jaw: 2.5, protrusion: 3, width: 2 },
};
const BACK_OF_TONGUE: Viseme = {
  target: { jaw: 0.26, lowerDrop: 0.15 },
  insists: { jaw: 0.6, width: 0.2, protrusion: 0.25, lowerDrop: 0.5 },
};

const VISEMES: Record<PhonemeSymbol, Viseme | { start: Viseme; end: Viseme }> = {
  SIL: { target: {}, insists: {} },
  IY: { target: { jaw: 0.2, width: 0.85, lowerDrop: 0.35, upperRaise: 0.2 } },
  IH: { target: { jaw: 0.3, width: 0.45, lowerDrop: 0.25, upperRaise: 0.1 } },
  EH: { target: { jaw: 0.5, width: 0.45, lowerDrop: 0.2, upperRaise: 0.12 } },
  AE: { target: { jaw: 0.72, width: 0.5, lowerDrop: 0.2, upperRaise: 0.2 } },
  AA: { target: { jaw: 0.95, width: -0.05, lowerDrop: 0.15 } },
  AO: { target: { jaw: 0.72, width: -0.5, protrusion: 0.5, lowerDrop: 0.15 } },
  UH: { target: { jaw: 0.32, width: -0.5, protrusion: 0.5 } },
  UW: { target: { jaw: 0.2, width: -1, protrusion: 1 }, insists: { protrusion: 2.2, width: 2.2 } },
  AH: { target: { jaw: 0.6, width: 0.05, lowerDrop: 0.1 } },
  AX: { target: { jaw: 0.32, width: 0.05, lowerDrop: 0.08 }, insists: { jaw: 0.6, width: 0.4, protrusion: 0.4 } },
  ER: { target: { jaw: 0.34, width: -0.4, protrusion: 0.5, lowerDrop: 0.2 } },
  EY: {
    start: { target: { jaw: 0.5, width: 0.5, lowerDrop: 0.25, upperRaise: 0.12 } },
    end: { target: { jaw: 0.24, width: 0.75, lowerDrop: 0.3, upperRaise: 0.16 } },
  },
  AY: {
    start: { target: { jaw: 0.92, width: 0.1, lowerDrop: 0.15 } },
    end: { target: { jaw: 0.3, width: 0.65, lowerDrop: 0.3, upperRaise: 0.14 } },
  },
  OY: {
    start: { target: { jaw: 0.6, width: -0.75, protrusion: 0.8 } },
    end: { target: { jaw: 0.28, width: 0.6, lowerDrop: 0.3 } },
  },
  AW: {
    start: { target: { jaw: 0.92, width: 0.15, lowerDrop: 0.15 } },
    end: { target: { jaw: 0.28, width: -0.85, protrusion: 0.85 }, insists: { protrusion: 2, width: 2 } },
  },
  OW: {
    start: { target: { jaw: 0.52, width: -0.6, protrusion: 0.6 } },
    end: { target: { jaw: 0.24, width: -0.95, protrusion: 0.95 }, insists: { protrusion: 2, width: 2 } },
  },
  W: { target: { jaw: 0.14, width: -1, protrusion: 1 }, insists: { protrusion: 5, width: 5, jaw: 2 } },
  Y: { target: { jaw: 0.18, width: 0.7, lowerDrop: 0.25 }, insists: { jaw: 1.2 } },
  R: { target: { jaw: 0.22, width: -0.45, protrusion: 0.6, lowerDrop: 0.2 }, insists: { protrusion: 1.5, width: 1.2 } },
  L: { ...TONGUE_UP, target: { ...TONGUE_UP.target, jaw: 0.32 } },
  M: LIPS_SHUT,
  N: TONGUE_UP,
  NG: BACK_OF_TONGUE,
  P: LIPS_SHUT,
  B: LIPS_SHUT,
  T: TONGUE_UP,
  D: TONGUE_UP,
  K: BACK_OF_TONGUE,
  G: BACK_OF_TONGUE,
  F: LIP_ON_TEETH,
  V: LIP_ON_TEETH,
  TH: TONGUE_BETWEEN,
  DH: TONGUE_BETWEEN,
  S: TEETH_TOGETHER,
  Z: TEETH_TOGETHER,
  SH: HUSHED,
  ZH: HUSHED,
  CH: HUSHED,
  JH: HUSHED,
  HH: { target: {}, insists: { jaw: 0.05, width: 0.05, protrusion: 0.05, lowerDrop: 0.05, upperRaise: 0.05 } },
};

// A target with the time over which it is held and how its dominance dies away on either side.
interface Gesture {
  viseme: Viseme;
  start: number;
  end: number;
  /** Scales the target: unstressed vowels are weaker. */
  strength: number;
  /** Scales what opens the mouth besides: the louder a vowel, the wider. */
  effort: number;
  silence: boolean;
}

/** Dominance falls by e over this many seconds before a sound; afterward a little faster. */
const ANTICIPATION = 0.055;
const CARRY_OVER = 0.045;
/** Silence longer than this rests with the lips closed, seconds. */
const REST = 0.09;

/** What opens the mouth. */
const OPENING: ReadonlySet<keyof MouthShape> = new Set(['jaw', 'lowerDrop', 'upperRaise']);

/**
 * Returns how wide a vowel opens the mouth, of usual, at a loudness (1 for the loudest). People who raise their voice lower the jaw
 * further (Schulman 1989); how far is chosen, not measured: a vowel 20 dB below the loudest opens the mouth 0.28 as wide.
 */
function effortOf(loudness: number | undefined): number {
  return loudness === undefined ? 1 : 1.25 * loudness ** 0.55;
}

function gestures(phonemes: readonly TimedPhoneme[]): Gesture[] {
  const result: Gesture[] = [];
  for (const { symbol, stress, start, end, loudness } of phonemes) {
    const effort = PHONEMES[symbol].manner === 'vowel' ? effortOf(loudness) : 1;
    const entry = VISEMES[symbol];
    const length = end - start;
    const strength = stress ? 1 : 0.85;
    if ('start' in entry) {
      result.push({
        viseme: entry.start,
        start: start + 0.2 * length,
        end: start + 0.45 * length,
        strength,
        effort,
        silence: false,
      });
      result.push({
        viseme: entry.end,
        start: start + 0.8 * length,
        end: start + 0.95 * length,
        strength,
        effort,
        silence: false,
      });
    } else {
      const vowel = entry.insists === undefined;
      const inset = vowel ? 0.35 : 0.2;
      const silence = symbol === 'SIL';
      const held = { start: start + inset * length, end: end - inset * length };
      result.push({ viseme: entry, ...held, strength: vowel ? strength : 1, effort, silence });
    }
  }
  return result;
}

/** The mouth of an utterance at any time. */
export class VisemeTrack {
  readonly #gestures: Gesture[];
  readonly #silences: { start: number; end: number }[];
  readonly #articulation: number;
  readonly #end: number;

  /** @param articulation - how far the speaker moves; 1 is usual. */
  constructor(phonemes: readonly TimedPhoneme[], articulation = 1) {
    this.#gestures = gestures(phonemes);
    this.#silences = phonemes.filter(({ symbol }) => symbol === 'SIL').map(({ start, end }) => ({ start, end }));
    this.#articulation = articulation;
    this.#end = phonemes.at(-1)?.end ?? 0;
  }

  /** Returns the mouth at a time in seconds; closed and still within silence. */
  at(time: number): MouthShape {
    const mouth: MouthShape = { ...NEUTRAL_MOUTH };
    for (const name of MOUTH_NAMES) {
      let weighted = 0;
      let total = 1e-6;
      for (const { viseme, start, end, strength, effort, silence } of this.#gestures) {
        const before = start - time;
        const after = time - end;
        const away = before > 0 ? before / ANTICIPATION : after > 0 ? after / CARRY_OVER : 0;
        if (away > 8) continue;
        const insistence = viseme.insists?.[name] ?? (silence ? 1.2 : 1);
        // What a sound insists on holds firmly and yields quickly: the steeper, the stronger.
        const dominance = insistence * Math.exp(-away * (1 + 0.65 * Math.log(Math.max(1, insistence))));
        const scale = OPENING.has(name) ? strength * effort : strength;
        weighted += dominance * scale * (viseme.target[name] ?? 0);
        total += dominance;
      }
      mouth[name] = weighted / total;
    }
    const rest = this.#rest(time);
    for (const name of MOUTH_NAMES) {
      const scale = name === 'closure' || name === 'tuck' ? 1 : this.#articulation;
      mouth[name] = clamp(mouth[name] * scale, -1, 1.2) * (1 - rest);
    }
    // Full contact is a plateau, not a peak.
    mouth.closure = smoothstep(0.3, 0.78, mouth.closure);
    mouth.tuck = smoothstep(0.2, 0.75, mouth.tuck);
    return mouth;
  }

  // 0 in speech, 1 well inside silence.
  #rest(time: number): number {
    for (const { start, end } of this.#silences) {
      if (time < start || time > end) continue;
      const fromSpeech = start === 0 ? Infinity : time - start;
      const toSpeech = end === this.#end ? Infinity : end - time;
      return smoothstep(0, REST, fromSpeech) * smoothstep(0, REST, toSpeech);
    }
    return time < 0 || time > this.#end ? 1 : 0;
  }

  /** Returns the mouth for each frame of a video that starts with the utterance: frame i is at (i + 0.5) / fps. */
  sample(fps: number, frames: number): MouthShape[] {
    return Array.from({ length: frames }, (_, i) => this.at((i + 0.5) / fps));
  }
}
