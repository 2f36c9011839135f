// Sentences from a grammar: patterns with gaps, filled with words from lists, names and numbers. Seeded.
import type { SeededRandom } from '../../synthetic/random.ts';

/** What fills the gaps: `{rule}` in a text stands for one of that rule's texts. */
export interface Grammar {
  /** Whole sentences. */
  readonly sentence: readonly string[];
  readonly [rule: string]: readonly string[];
}

/** Returns the texts of a list that commas separate. */
export function listed(texts: string): readonly string[] {
  return texts.split(',').map((text) => text.trim());
}

/** Returns the texts of a list with one on each line. */
export function lines(texts: string): readonly string[] {
  return texts
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Returns a number to be read: as often of one digit as of two, of three or of four. */
function number(random: SeededRandom): string {
  return String(random.integer(10 ** (1 + random.integer(4))));
}

/**
 * Returns a sentence. The gap `{number}` is a number in digits where the grammar has no rule of that name; a gap at the
 * beginning gets a capital letter.
 */
export function inventSentence(grammar: Grammar, random: SeededRandom): string {
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (_, rule: string) => {
      const texts = Object.hasOwn(grammar, rule) ? grammar[rule] : undefined;
      if (texts === undefined && rule === 'number') return number(random);
      if (texts === undefined) throw new TypeError(`The grammar has no rule "${rule}".`);
      return fill(random.pick(texts));
    });
  const sentence = fill(random.pick(grammar.sentence));
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
