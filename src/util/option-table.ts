// Tables of options: name, type, range, default and text of each. Checks, the command line and the documentation read them.
import { checkInteger, checkNumber, checkOneOf, OptionError } from './assert.ts';
import { EXCERPT_RULE, excerptOf, TIME_RULE, timeOf } from './times.ts';

interface OptionBase {
  /** The topic under which help lists it. */
  readonly group: string;
  /** What it does, in whole sentences. Range, choices and default are added from the other fields. */
  readonly text: string;
  /** Its name on a command line, where that is not the name here in kebab case. */
  readonly flag?: string;
  /** One letter that stands for it on a command line. */
  readonly short?: string;
  readonly required?: boolean;
  /** Whether short help shows it. */
  readonly essential?: boolean;
  /** What applies when it is omitted, if no single value says so: `the model's`. */
  readonly defaultText?: string;
  /** Takes several values: an array in programs and files, separated by commas on a command line. */
  readonly list?: boolean;
  /** Takes one value or several: an array in programs and files, given several times on a command line. */
  readonly repeats?: boolean;
  /** Another option that stands in for it, where it is required. */
  readonly unless?: string;
  /** Returns a value with the paths in it replaced, where not all of it is one. */
  readonly withPaths?: (value: unknown, replaced: (path: string) => string | URL) => unknown;
}

/** An option with a number for its value. */
export interface NumericOption extends OptionBase {
  readonly type: 'integer' | 'number';
  readonly min: number;
  readonly max: number;
  readonly default?: number;
  /** What help calls the value, in capitals. Default: N. */
  readonly value?: string;
}

/** An option whose value is a time: seconds, or `[hh:]mm:ss[.mmm]`. An `excerpt` is a length, which may say where it begins: `5@1:30`. */
export interface TimeOption extends OptionBase {
  readonly type: 'time' | 'excerpt';
  /** What help calls the value, in capitals. */
  readonly value: string;
  readonly default?: string;
}

/** An option whose value is one of a few words. */
export interface ChoiceOption extends OptionBase {
  readonly type: 'choice';
  readonly choices: readonly string[];
  readonly default?: string;
}

/** An option whose value is any non-empty text. */
export interface TextOption extends OptionBase {
  /** `path`: of a file or folder; `input`: a path or a URL, and in programs whatever else can be read from; `text`: anything. */
  readonly type: 'path' | 'input' | 'text';
  /** What help calls the value, in capitals. */
  readonly value: string;
  /** For a `path`: words that name something other than files. */
  readonly names?: readonly string[];
  /** For a `path`: whole numbers from 1 on name something other than files, too. */
  readonly numbers?: boolean;
  readonly default?: string;
}

/** An option whose value is somebody who speaks: an object, or text that says the same. */
export interface SpeakerOptionDefinition extends OptionBase {
  readonly type: 'speaker';
  /** What help calls the value, in capitals. */
  readonly value: string;
  readonly default?: string;
}

/** An option that is on or off. */
export interface FlagOption extends OptionBase {
  readonly type: 'flag';
  /** Default false. */
  readonly default?: boolean;
}

/** An option of a function of the library or of a command. */
export type OptionDefinition =
  NumericOption | ChoiceOption | TextOption | TimeOption | SpeakerOptionDefinition | FlagOption;

/** Options by their names. */
export type OptionTable = Readonly<Record<string, OptionDefinition>>;

type SingleValue<D> = D extends { readonly type: 'flag' }
  ? boolean
  : D extends { readonly type: 'integer' | 'number' }
    ? number
    : D extends { readonly type: 'input' }
      ? string | URL
      : D extends { readonly type: 'time' | 'excerpt' }
        ? string | number
        : D extends { readonly choices: readonly (infer Choice)[] }
          ? Choice
          : string;

type ValueOf<D> = D extends { readonly list: true } | { readonly repeats: true } ? SingleValue<D>[] : SingleValue<D>;

type RequiredNames<T> = {
  [K in keyof T]: T[K] extends { readonly unless: string }
    ? never
    : T[K] extends { readonly required: true }
      ? K
      : never;
}[keyof T];

/** Values for the options of a table. */
export type OptionValues<T> = { [K in RequiredNames<T>]: ValueOf<T[K]> } & {
  [K in Exclude<keyof T, RequiredNames<T>>]?: ValueOf<T[K]>;
};

/** Returns the table unchanged, with the types of its values inferred. */
export function defineOptions<const T extends OptionTable>(table: T): T {
  return table;
}

/**
 * Checks values against their table, in its order.
 *
 * @param options - what the caller gave; properties that are not in the table are ignored.
 * @throws OptionError naming the option, the rule and the value.
 */
export function checkOptions(table: OptionTable, options: object): void {
  const given = new Map<string, unknown>(Object.entries(options));
  for (const [name, definition] of Object.entries(table)) {
    const value = given.get(name);
    if (value === undefined) {
      const isGiven = definition.unless !== undefined && given.get(definition.unless) !== undefined;
      if (definition.required && !isGiven) throw new OptionError(name, 'be given');
    } else if (definition.list) {
      if (!Array.isArray(value) || value.length === 0) {
        throw new OptionError(name, 'be an array of at least one value', value);
      }
      for (const item of value) checkValue(name, definition, item);
    } else if (definition.repeats && Array.isArray(value)) {
      if (value.length === 0) throw new OptionError(name, 'have at least one value', value);
      for (const item of value) checkValue(name, definition, item);
    } else checkValue(name, definition, value);
  }
}

/** Whether a value is a path, a URL, a `Blob` or bytes. */
export function isInput(value: unknown): boolean {
  if (typeof value === 'string' || value instanceof URL || value instanceof Blob) return true;
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

function checkValue(name: string, definition: OptionDefinition, value: unknown): void {
  switch (definition.type) {
    case 'integer':
      checkInteger(`options.${name}`, value as number, definition.min, definition.max);
      break;
    case 'number':
      checkNumber(`options.${name}`, value as number, definition.min, definition.max);
      break;
    case 'choice':
      checkOneOf(`options.${name}`, value as string, definition.choices);
      break;
    case 'flag':
      if (typeof value !== 'boolean') throw new OptionError(name, 'be true or false', value);
      break;
    case 'input':
      if (value === '') throw new OptionError(name, 'not be empty', value);
      if (!isInput(value)) throw new OptionError(name, 'be a path, a URL, a Blob or bytes', value);
      break;
    case 'time':
      if (timeOf(value) === undefined) throw new OptionError(name, `be ${TIME_RULE}`, value);
      break;
    case 'excerpt':
      if (excerptOf(value) === undefined) throw new OptionError(name, `be ${EXCERPT_RULE}`, value);
      break;
    case 'path':
      if (definition.numbers && typeof value === 'number') {
        checkInteger(`options.${name}`, value, 1, Number.MAX_SAFE_INTEGER);
        break;
      }
      checkText(name, value);
      break;
    case 'speaker':
      break; // checked with the options that it depends on
    case 'text':
      checkText(name, value);
  }
}

function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new OptionError(name, 'be a string', value);
  if (value === '') throw new OptionError(name, 'not be empty', value);
}

/** Whether the value of a `path` names something other than a file. */
export function isNameOf({ names, numbers }: TextOption, value: string): boolean {
  return names?.includes(value) === true || (numbers === true && /^[1-9]\d{0,14}$/.test(value));
}

/** Returns how an option is called on a command line, without dashes: `guidance` for `guidanceScale`. */
export function flagName(name: string, { flag }: OptionDefinition): string {
  return flag ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Returns the values that an option takes, in words: `1 to 999`; undefined where its type says everything. */
export function allowedValues(definition: OptionDefinition): string | undefined {
  switch (definition.type) {
    case 'integer':
    case 'number': {
      const { min, max } = definition;
      return max >= Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    }
    case 'choice':
      return definition.choices.join(', ');
    default:
      return undefined;
  }
}

/** Returns what applies when an option is omitted, in words; undefined for flags that are off, and where nothing does. */
export function defaultValue(definition: OptionDefinition): string | undefined {
  if (definition.defaultText !== undefined) return definition.defaultText;
  if (definition.type === 'flag') return definition.default ? 'on' : undefined;
  return definition.default === undefined ? undefined : String(definition.default);
}
