// Checks on public input. Messages give path, rule and value: "options.steps must be an integer from 1 to 999 (got 0)."
import { shownValue } from './printable.ts';
import { joinWording, option, wordForPrograms, type Wording } from './wording.ts';

/**
 * An option with a value that it cannot have. The fields are for programs that show the user something other than the message.
 *
 * @example
 * throw new OptionError('steps', 'be an integer from 1 to 999', 0);
 */
export class OptionError extends RangeError {
  override readonly name = 'OptionError';
  /** The option's name, with dots where it is nested: `steps`. */
  readonly option: string;
  /** What the option must do, continuing "must": `be an integer from 1 to 999`. */
  readonly rule: Wording;
  /** What was given; undefined when nothing was. */
  readonly value: unknown;
  /** The whole sentence. */
  readonly problem: Wording;

  constructor(name: string, rule: string | Wording, value?: unknown) {
    const got = value === undefined ? '.' : ` (got ${shownValue(value)}).`;
    const problem = joinWording([option(name), ' must '], rule, got);
    super(wordForPrograms(problem));
    this.option = name;
    this.rule = joinWording(rule);
    this.value = value;
    this.problem = problem;
  }

  /** What a server sends: the option, the rule and the value, and the message in words for programs. */
  toJSON(): { message: string; option: string; rule: Wording; value: unknown } {
    const { message, option: name, rule, value } = this;
    return { message, option: name, rule, value };
  }
}

/** Returns an {@link OptionError} for a path such as `options.steps`, and a plain RangeError for any other argument. */
function rangeError(path: string, rule: string, value: unknown): RangeError {
  const [, name] = /^options\.(.+)$/.exec(path) ?? [];
  if (name) return new OptionError(name, rule, value);
  return new RangeError(`${path} must ${rule} (got ${shownValue(value)}).`);
}

/** Returns the value, or throws a RangeError unless it is an integer from `minimum` to `maximum`. */
export function checkInteger(path: string, value: number, minimum: number, maximum: number): number {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw rangeError(path, `be an integer from ${minimum} to ${maximum}`, value);
  }
  return value;
}

/** Returns the value, or throws a RangeError unless it is a finite number from `minimum` to `maximum`. */
export function checkNumber(path: string, value: number, minimum: number, maximum: number): number {
  if (!Number.isFinite(value) || value < minimum || value > maximum) {
    throw rangeError(path, `be a number from ${minimum} to ${maximum}`, value);
  }
  return value;
}

/** Returns the value, or throws a RangeError unless it is one of the words. */
export function checkOneOf<T extends string>(path: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw rangeError(path, `be one of ${words.join(', ')}`, value);
  return found;
}
