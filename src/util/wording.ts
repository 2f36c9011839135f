// Text that refers to options and functions of the library, put into words by whoever shows it: a program, a command line, a server.
import { printable } from './printable.ts';

/** What an option can be set to. A switch is turned on. */
export type OptionValue = string | number | true;

/** A place in a text where an option is named, with the value to give it, if any. */
export interface OptionReference {
  /** The option's name in the library: `guidanceScale`. */
  readonly option: string;
  readonly value?: OptionValue;
}

/** The functions that a text can tell the user to call. */
export type ActionName = 'describeCheckpoint' | 'generateClips' | 'pullModel';

/** A place in a text where a function is named, with its arguments by name. */
export interface ActionReference {
  readonly action: ActionName;
  readonly arguments: Readonly<Record<string, OptionValue>>;
}

/** Text with references to options and functions in it. It can be written as JSON. */
export type Wording = readonly (string | OptionReference | ActionReference)[];

/** Refers to an option, as in `option('dtype', 'int8')`. */
export function option(name: string, value?: OptionValue): OptionReference {
  return value === undefined ? { option: name } : { option: name, value };
}

/** Refers to a function of the library, as in `action('pullModel', { model: '1.6' })`; undefined arguments are omitted. */
export function action(
  name: ActionName,
  values: Readonly<Record<string, OptionValue | undefined>> = {},
): ActionReference {
  const given = Object.entries(values).filter((entry): entry is [string, OptionValue] => entry[1] !== undefined);
  return { action: name, arguments: Object.fromEntries(given) };
}

/**
 * Makes a {@link Wording} from a template. Inserted text is treated as user input and made printable; an
 * inserted wording is kept unchanged.
 *
 * @example
 * wording`${path} needs more memory.\nUse ${option('dtype', 'int8')}, or a smaller model: ${option('model', 'tiny')}.`
 */
export function wording(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | OptionReference | ActionReference | Wording)[]
): Wording {
  return joinWording(
    ...strings.flatMap((text, index) => {
      const value = values.at(index);
      if (index >= values.length || value === undefined) return [text];
      if (typeof value === 'string') return [text, printable(value)];
      if (typeof value === 'number') return [text, String(value)];
      return [text, isWording(value) ? value : [value]];
    }),
  );
}

/** Returns texts and wordings as one wording. Plain text is kept unchanged. */
export function joinWording(...texts: readonly (string | Wording)[]): Wording {
  const joined: Wording[number][] = [];
  for (const part of texts.flat()) {
    const last = joined.at(-1);
    if (typeof part !== 'string') joined.push(part);
    else if (typeof last === 'string') joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  return joined;
}

function isWording(value: OptionReference | ActionReference | Wording): value is Wording {
  return Array.isArray(value);
}

/** How references become words. */
export interface Vocabulary {
  option(reference: OptionReference): string;
  action(reference: ActionReference): string;
}

/** Returns the text with every reference in the words of a vocabulary. */
export function wordWith(text: Wording, vocabulary: Vocabulary): string {
  return text
    .map((part) => {
      if (typeof part === 'string') return part;
      return 'option' in part ? vocabulary.option(part) : vocabulary.action(part);
    })
    .join('');
}

/** Arguments that come before an object of options. */
const positional: Readonly<Record<ActionName, readonly string[]>> = {
  describeCheckpoint: ['checkpoint'],
  generateClips: [],
  pullModel: ['model'],
};

function literal(value: OptionValue): string {
  return typeof value === 'string' ? `'${printable(value).replace(/'/g, "\\'")}'` : String(value);
}

const programs: Vocabulary = {
  option: ({ option: name, value }) => (value === undefined ? `options.${name}` : `options.${name}: ${literal(value)}`),
  action({ action: name, arguments: values }) {
    const first = positional[name].flatMap((key) => (key in values ? [literal(values[key])] : []));
    const rest = Object.entries(values).flatMap(([key, value]) =>
      positional[name].includes(key) ? [] : [`${key}: ${literal(value)}`],
    );
    return `${name}(${[...first, ...(rest.length > 0 ? [`{ ${rest.join(', ')} }`] : [])].join(', ')})`;
  },
};

/** Returns the text for the author of a program: `options.dtype: 'int8'`, `pullModel('1.6')`. */
export function wordForPrograms(text: Wording): string {
  return wordWith(text, programs);
}
