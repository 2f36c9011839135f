// From the words of a command line to a command and its values; anything unknown is rejected, with the nearest known name.
import { parseArgs } from 'node:util';
import { nearestWord } from '../util/nearest-word.ts';
import { flagName, type OptionDefinition, type OptionTable } from '../util/option-table.ts';
import { printable, quoted } from '../util/printable.ts';
import { loadCommand, type Command, type CommandEntry, type Invocation } from './command.ts';
import { readConfigFile } from './config-file.ts';
import { UsageError } from './errors.ts';
import { generalOptions } from './general-options.ts';
import { inputOf } from './input-words.ts';
import { namedOptions, optionTerm, positionalName } from './help.ts';

/** What a command line asks for. */
export type Request =
  | { readonly kind: 'version' }
  /** Help on a command, a group (`models`), or everything; the essentials, or all. */
  | { readonly kind: 'help'; readonly topic: Command | string | undefined; readonly all: boolean }
  | { readonly kind: 'run'; readonly invocation: Invocation };

/** Returns whether a flag is among the words before `--`; for what must be known even when the rest is wrong. */
export function hasFlag(words: readonly string[], flag: string): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? undefined : end).includes(flag);
}

/**
 * Reads the words of a command line, and the configuration file that they name.
 *
 * @throws UsageError naming what is wrong; LatentSyncError `file-not-found` or `config-invalid` for the file.
 */
export async function parseCommandLine(given: readonly string[], commands: readonly CommandEntry[]): Promise<Request> {
  const { words, help, all } = takeHelp(given);
  const at = words.findIndex((word) => !word.startsWith('-'));
  const { version, debug, json } = generalOptions;
  const { values } = parseOptions(words.slice(0, at < 0 ? undefined : at), { version, debug, json }, 'latentsync');
  if (values.has('version') || (at >= 0 && hasFlag(words, '--version'))) return { kind: 'version' };
  if (at < 0 && help) return { kind: 'help', topic: undefined, all };
  if (at < 0) {
    throw new UsageError('Name a command.\n"latentsync --help" lists them; "latentsync demo" shows what it does.');
  }
  const rest = words.slice(at);
  if (rest[0] === 'help') {
    const topic = rest.slice(1).filter((word) => !word.startsWith('-'));
    const isAll = topic.at(-1) === 'all';
    if (isAll) topic.pop();
    return { kind: 'help', topic: await helpTopic(topic, commands), all: isAll || all };
  }
  if (help) return { kind: 'help', topic: await helpTopic(rest, commands), all };
  const { entry, words: own } = findCommand(rest, commands);
  if (typeof entry === 'string') throw groupError(entry, own.at(0), commands);
  return { kind: 'run', invocation: await parseInvocation(await loadCommand(entry), own) };
}

/** Takes `--help` and `--help all` out of the words. */
function takeHelp(given: readonly string[]): { words: readonly string[]; help: boolean; all: boolean } {
  const end = given.indexOf('--');
  const own = given.slice(0, end < 0 ? undefined : end);
  const at = own.findIndex((word) => word === '--help' || word === '-h');
  if (at < 0) return { words: given, help: false, all: false };
  const all = own[at + 1] === 'all';
  return { words: given.toSpliced(at, all ? 2 : 1), help: true, all };
}

async function helpTopic(
  words: readonly string[],
  commands: readonly CommandEntry[],
): Promise<Command | string | undefined> {
  if (words.length === 0) return undefined;
  const { entry } = findCommand(words, commands);
  return typeof entry === 'string' ? entry : loadCommand(entry);
}

/** Returns the command, or the name of a group whose command is missing or unknown, and the words after it. */
function findCommand(
  words: readonly string[],
  commands: readonly CommandEntry[],
): { entry: CommandEntry | string; words: readonly string[] } {
  for (const length of [2, 1]) {
    const entry = commands.find(({ name }) => name === words.slice(0, length).join(' '));
    if (entry) return { entry, words: words.slice(length) };
  }
  const [word] = words;
  if (commands.some(({ name }) => name.startsWith(`${word} `))) return { entry: word, words: words.slice(1) };
  const names = commands.map(({ name }) => name);
  throw new UsageError(
    `There is no command ${quoted(word)}.\n${suggestion(nearestWord(word, names))}` +
      '"latentsync --help" lists the commands.',
  );
}

function groupError(group: string, word: string | undefined, commands: readonly CommandEntry[]): UsageError {
  const names = commands.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name);
  const list = names.map((name) => `"latentsync ${name}"`).join(', ');
  if (word === undefined) return new UsageError(`"${group}" needs a subcommand.\nThe commands are ${list}.`);
  const near = nearestWord(`${group} ${word}`, names);
  return new UsageError(
    `There is no command ${quoted(`${group} ${word}`)}.\n${suggestion(near)}The commands are ${list}.`,
  );
}

function suggestion(near: string | undefined): string {
  return near === undefined ? '' : `Did you mean ${near}? `;
}

async function parseInvocation(command: Command, words: readonly string[]): Promise<Invocation> {
  const named = namedOptions(command);
  const { values, positionals } = parseOptions(words, { ...named, ...generalOptions }, command.name);
  for (const [name, value] of parseInputs(command, positionals)) values.set(name, value);
  const file = values.get('config');
  const fromFile = typeof file === 'string' ? await readConfigFile(file, command) : new Map<string, unknown>();
  const names = new Set(Array.from(fromFile.keys()).filter((name) => !values.has(name)));
  const options = new Map([...fromFile, ...values]);
  const isComplete = command.alternative !== undefined && options.has(command.alternative);
  for (const [name, definition] of isComplete ? [] : Object.entries(command.options)) {
    const isReplaced = definition.unless !== undefined && options.has(definition.unless);
    if (definition.required && !isReplaced && !options.has(name)) {
      const shown = command.positionals.includes(name) ? positionalName(name) : display(name, definition);
      throw new UsageError(`${shown} is missing: ${definition.text}\n${helpHint(command.name)}`);
    }
  }
  const own = Array.from(options).filter(([name]) => Object.hasOwn(command.options, name));
  return {
    command,
    options: Object.fromEntries(own) as Invocation['options'],
    ...(typeof file === 'string' && { config: { file, names } }),
  };
}

function parseInputs(
  { name: commandName, positionals, options }: Command,
  words: readonly string[],
): [string, unknown][] {
  const last = positionals.at(-1);
  const takesMore = last !== undefined && options[last].repeats === true;
  if (words.length > positionals.length && !takesMore) {
    throw new UsageError(
      `${quoted(words[positionals.length])} is one argument too many for "${commandName}".\n` +
        `Put quotes around a name with spaces. ${helpHint(commandName)}`,
    );
  }
  const valueOf = (name: string, word: string): string | URL => {
    const text = checkFilled(positionalName(name), word);
    return options[name].type === 'input' ? inputOf(text) : text;
  };
  const single = takesMore ? positionals.slice(0, -1) : positionals;
  const values = words
    .slice(0, single.length)
    .map((word, index): [string, unknown] => [positionals[index], valueOf(positionals[index], word)]);
  const rest = words.slice(single.length);
  if (last !== undefined && rest.length > 0) values.push([last, rest.map((word) => valueOf(last, word))]);
  return values;
}

interface Parsed {
  values: Map<string, unknown>;
  positionals: string[];
}

/** An option as it is written: its name in the table, and whether it is a flag that is turned off. */
interface Spelling {
  readonly name: string;
  readonly definition: OptionDefinition;
  readonly isOff: boolean;
}

/** Returns all ways to write the options. Every flag has a second one that turns it off, to overrule a configuration file. */
function spellings(options: OptionTable): Map<string, Spelling> {
  return new Map(
    Object.entries(options).flatMap(([name, definition]): [string, Spelling][] => {
      const flag = flagName(name, definition);
      const on: [string, Spelling] = [flag, { name, definition, isOff: false }];
      const isSwitch = definition.type === 'flag' && !Object.hasOwn(generalOptions, name);
      return isSwitch ? [on, [`no-${flag}`, { name, definition, isOff: true }]] : [on];
    }),
  );
}

/** Reads options and collects everything else; after `--` nothing is an option. The last of equal options counts, unless it may be given several times. */
function parseOptions(words: readonly string[], options: OptionTable, commandName: string): Parsed {
  const known = spellings(options);
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Array.from(known, ([flag, { definition, isOff }]) => [
        flag,
        {
          type: definition.type === 'flag' ? ('boolean' as const) : ('string' as const),
          ...(definition.short !== undefined && !isOff && { short: definition.short }),
        },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const parsed: Parsed = { values: new Map(), positionals: [] };
  for (const token of tokens) {
    if (token.kind === 'positional') parsed.positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name: flag, rawName, value } = token;
    const spelling = known.get(flag);
    if (!spelling) throw unknownOption(flag, rawName, known, commandName);
    const { name, definition, isOff } = spelling;
    if (definition.type === 'flag') {
      if (value !== undefined) throw new UsageError(`${printable(rawName)} takes no value (got ${quoted(value)}).`);
      parsed.values.set(name, !isOff);
    } else {
      if (token.inlineValue === true && !rawName.startsWith('--') && value?.startsWith('=') === true) {
        throw new UsageError(
          `The value of ${printable(rawName)} begins with = (got ${quoted(value)}).\n` +
            `Write ${printable(`${rawName} ${value.slice(1)}`)}, or ${printable(`--${flag}=${value}`)} if the = belongs to it.`,
        );
      }
      const given = parseValue(flag, display(name, definition), definition, value, token.inlineValue === true);
      const earlier = definition.repeats ? ((parsed.values.get(name) ?? []) as unknown[]) : undefined;
      parsed.values.set(name, earlier ? [...earlier, given] : given);
    }
  }
  return parsed;
}

function unknownOption(
  flag: string,
  rawName: string,
  known: ReadonlyMap<string, Spelling>,
  commandName: string,
): UsageError {
  const near = nearestWord(flag, Array.from(known.keys()));
  const did = near === undefined || flag.length < 2 ? '' : `Did you mean --${near}? `;
  const of = commandName === 'latentsync' ? 'latentsync' : `"${commandName}"`;
  return new UsageError(
    `${printable(rawName)} is not an option of ${of}.\n${did}${helpHint(commandName)} ` +
      'A file name that begins with a dash goes after --.',
  );
}

function parseValue(
  flag: string,
  shown: string,
  definition: Exclude<OptionDefinition, { type: 'flag' }>,
  text: string | undefined,
  inline: boolean,
): unknown {
  if (text === undefined) throw new UsageError(`${shown} needs a value.`);
  // A word that looks like an option is most likely one, and the value was forgotten.
  if (!inline && /^-[^\d.]/.test(text)) {
    throw new UsageError(
      `${shown} needs a value (got ${printable(text)}).\nIf that is the value, write ${printable(`--${flag}=${text}`)}.`,
    );
  }
  if (!definition.list) return parseSingle(flag, definition, text);
  return text.split(',').map((part) => parseSingle(flag, definition, part.trim()));
}

function parseSingle(flag: string, definition: Exclude<OptionDefinition, { type: 'flag' }>, text: string): unknown {
  if (definition.type === 'integer' || definition.type === 'number') {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
      throw new UsageError(`--${flag} must be a number (got ${quoted(text)}).`);
    }
    return Number(text);
  }
  checkFilled(`--${flag}`, text);
  if (definition.type === 'choice' && !definition.choices.includes(text)) {
    const near = nearestWord(text, definition.choices);
    throw new UsageError(
      `--${flag} must be one of ${definition.choices.join(', ')} (got ${quoted(text)}).` +
        (near === undefined ? '' : `\nDid you mean ${near}?`),
    );
  }
  if (definition.withPaths) return definition.withPaths(text, inputOf);
  return definition.type === 'input' ? inputOf(text) : text;
}

/** Returns the value; an empty one is most likely a variable of the shell that was not set. */
function checkFilled(shown: string, value: string): string {
  if (value === '') {
    throw new UsageError(`${shown} must not be empty.\nA shell variable that stands for it may not be set.`);
  }
  return value;
}

function display(name: string, definition: OptionDefinition): string {
  return optionTerm(name, definition).replace(/^-., /, '');
}

function helpHint(commandName: string): string {
  return commandName === 'latentsync'
    ? '"latentsync --help" shows how it is used.'
    : `"latentsync ${commandName} --help all" lists all options.`;
}
