// From figures to a plain verdict: do lips and sound agree, how sure that is, and why.
import { TOGETHER_MS } from '../pipelines/judge.ts';
import { MOST_LAG, type LipAgreement } from './lip-agreement.ts';

/** Whether lips and sound agree. */
export type VerdictKind = 'in-sync' | 'sound-late' | 'sound-early' | 'unrelated' | 'cannot-be-judged';

/** What is said about a person, or about a video. */
export interface Verdict {
  readonly verdict: VerdictKind;
  /** Undefined where nothing can be judged. */
  readonly certainty: 'certain' | 'likely' | undefined;
  /** Sentences. */
  readonly reasons: readonly string[];
}

/** What a verdict is made from. */
export interface VerdictInput {
  /** Undefined where one of both stands still, or is hardly there. */
  readonly agreement: LipAgreement | undefined;
  /** Seconds in which the mouth is seen while there is sound. */
  readonly seenSeconds: number;
  /** Seconds of these in which somebody speaks. */
  readonly spokenSeconds: number;
  /** Mean change of a pixel of the face from frame to frame, gray levels. */
  readonly change: number;
  readonly frameRate: number;
}

/** Seconds that are needed of a mouth, and of speech. */
const LEAST_SEEN = 2;
const LEAST_SPOKEN = 1;

/** Pictures that change by less, in gray levels, stand still. */
const STILL = 0.2;

/** Correlations count beyond so many deviations of chance; docs/evaluation.md has how often either is wrong. */
const CERTAIN = 4;
const LIKELY = 3.25;

/** Mouths of real speakers correlated by 0.27 to 0.6 with their own sound: where chance is below this, they would have been found. */
const CERTAIN_CHANCE = 0.06;
const LIKELY_CHANCE = 0.1;

/** Returns the verdict on a mouth. */
export function verdictOn(input: VerdictInput): Verdict {
  const { agreement, seenSeconds, spokenSeconds, change, frameRate } = input;
  const cannot = (reason: string): Verdict => ({
    verdict: 'cannot-be-judged',
    certainty: undefined,
    reasons: [reason],
  });
  if (seenSeconds < LEAST_SEEN) {
    return cannot(
      `The mouth is seen for ${seenSeconds.toFixed(1)} s while there is sound, and ${LEAST_SEEN} s are needed.`,
    );
  }
  if (!(change >= STILL)) return cannot('The picture stands still.');
  if (spokenSeconds < LEAST_SPOKEN) {
    return cannot(
      `Somebody speaks for ${spokenSeconds.toFixed(1)} s while the mouth is seen, and ${LEAST_SPOKEN} s is needed.`,
    );
  }
  if (!agreement) return cannot('The mouth does not move, or the sound never changes.');
  const { correlation, chance, lag } = agreement;
  const ms = (1000 * lag) / frameRate;
  const isPeak = Math.abs(lag) < MOST_LAG - 0.5;
  const beyond = correlation / chance;
  const figures = `correlation ${correlation.toFixed(2)}, where chance alone gives ±${chance.toFixed(2)}`;
  if (isPeak && beyond >= LIKELY) {
    const certainty = beyond >= CERTAIN ? 'certain' : 'likely';
    const reasons = [`The sound explains how the mouth opens: ${figures}.`];
    if (Math.abs(ms) <= TOGETHER_MS) {
      return { verdict: 'in-sync', certainty, reasons: [...reasons, `Their best match is ${describeLag(ms)}.`] };
    }
    const verdict = ms > 0 ? 'sound-late' : 'sound-early';
    return { verdict, certainty, reasons: [...reasons, `They match best when the sound is ${describeLag(ms)}.`] };
  }
  const range = `at any lag up to ${((1000 * MOST_LAG) / frameRate).toFixed(0)} ms`;
  if (chance <= LIKELY_CHANCE) {
    const certainty = chance <= CERTAIN_CHANCE ? 'certain' : 'likely';
    const reason = `The sound does not explain how the mouth opens, ${range}: ${figures}.`;
    return { verdict: 'unrelated', certainty, reasons: [reason] };
  }
  return cannot(`There is too little speech to tell: ${figures}.`);
}

/** Returns `120 ms late`, `80 ms early`, or `0 ms apart`. */
export function describeLag(ms: number): string {
  const rounded = Math.round(ms);
  return rounded === 0 ? '0 ms apart' : `${Math.abs(rounded)} ms ${rounded > 0 ? 'late' : 'early'}`;
}

/**
 * Returns whose verdict stands for a whole video: of those whose lips agree with the sound, the one who does so the most beyond chance;
 * else the one who is seen the longest of those who can be judged; else the one who is seen the longest.
 */
export function decisive<Person extends Verdict & { agreement: LipAgreement | undefined; seconds: number }>(
  people: readonly Person[],
): Person {
  const follows = ({ verdict }: Person): boolean => verdict !== 'unrelated' && verdict !== 'cannot-be-judged';
  const rank = (person: Person): number => (follows(person) ? 2 : person.verdict === 'unrelated' ? 1 : 0);
  const weight = (person: Person): number =>
    follows(person) ? person.agreement!.correlation / person.agreement!.chance : person.seconds;
  return people.reduce((best, person) => {
    const higher = rank(person) - rank(best) || weight(person) - weight(best);
    return higher > 0 ? person : best;
  });
}
