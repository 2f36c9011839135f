// From the words of a command line to a command and its values; anything unknown is refused with the nearest known name.
import { parseArgs } from 'node:util';
import { nearestWord } from '../util/nearest-word.ts';
import type { ArgumentDefinition, Command, Invocation, OptionDefinition } from './command.ts';
import { UsageError } from './errors.ts';
import { globalOptions } from './global-options.ts';

/** What a command line asks for. */
export type Request =
  | { readonly kind: 'version' }
  /** Help on a command, a group (`models`), or everything. */
  | { readonly kind: 'help'; readonly topic: Command | string | undefined }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly invocation: AnyInvocation;
    };

type Definitions = Readonly<Record<string, OptionDefinition>>;
type AnyInvocation = Invocation<Command['arguments'], Command['options']>;

/** Returns whether a flag is among the words before `--`; for what must be known even when the rest is wrong. */
export function hasFlag(words: readonly string[], flag: string): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? undefined : end).includes(flag);
}

/**
 * Reads the words of a command line.
 *
 * @throws UsageError naming what is wrong.
 */
export function parseCommandLine(words: readonly string[], commands: readonly Command[]): Request {
  const at = words.findIndex((word) => !word.startsWith('-'));
  const { values } = parseOptions(words.slice(0, at < 0 ? undefined : at), globalOptions, 'latentsync');
  if (values.version || (at >= 0 && hasFlag(words, '--version'))) return { kind: 'version' };
  if (at < 0 && values.help) return { kind: 'help', topic: undefined };
  if (at < 0) {
    throw new UsageError('Name a command.\n"latentsync --help" lists them; "latentsync demo" shows what it does.');
  }
  const rest = words.slice(at);
  if (rest[0] === 'help') {
    const topic = rest.slice(1).filter((word) => !word.startsWith('-'));
    return { kind: 'help', topic: topic.length === 0 ? undefined : findCommand(topic, commands).command };
  }
  const { command, words: own } = findCommand(rest, commands);
  if (values.help || hasFlag(own, '--help') || hasFlag(own, '-h')) return { kind: 'help', topic: command };
  if (typeof command === 'string') throw groupError(command, own.at(0), commands);
  return { kind: 'run', command, invocation: parseInvocation(command, own) };
}

/** Returns the command, or the name of a group whose command is missing or unknown, and the words after it. */
function findCommand(
  words: readonly string[],
  commands: readonly Command[],
): { command: Command | string; words: readonly string[] } {
  for (const length of [2, 1]) {
    const command = commands.find(({ name }) => name === words.slice(0, length).join(' '));
    if (command) return { command, words: words.slice(length) };
  }
  const [word] = words;
  if (commands.some(({ name }) => name.startsWith(`${word} `))) return { command: word, words: words.slice(1) };
  const names = commands.map(({ name }) => name);
  throw new UsageError(
    `There is no command ${JSON.stringify(word)}.\n${suggestion(nearestWord(word, names))}` +
      '"latentsync --help" lists the commands.',
  );
}

function groupError(group: string, word: string | undefined, commands: readonly Command[]): UsageError {
  const names = commands.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name);
  const list = names.map((name) => `"latentsync ${name}"`).join(', ');
  if (word === undefined) return new UsageError(`"${group}" needs another word.\nThere are ${list}.`);
  const near = nearestWord(`${group} ${word}`, names);
  return new UsageError(`There is no command "${group} ${word}".\n${suggestion(near)}There are ${list}.`);
}

function suggestion(near: string | undefined): string {
  return near === undefined ? '' : `Did you mean ${near}? `;
}

function parseInvocation(command: Command, words: readonly string[]): AnyInvocation {
  const definitions: Definitions = { ...command.options, ...globalOptions };
  const { values, positionals } = parseOptions(words, definitions, command.name);
  const inputs = parseInputs(command, positionals);
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.kind === 'flag') values[name] ??= false;
    if (definition.kind === 'text' && definition.required && values[name] === undefined) {
      throw new UsageError(`${display(name, definition)} is missing: ${definition.help}\n${helpHint(command.name)}`);
    }
  }
  return { inputs, options: values };
}

function parseInputs(command: Command, positionals: readonly string[]): Record<string, string> {
  const entries = Object.entries<ArgumentDefinition>(command.arguments);
  const inputs: Record<string, string> = {};
  for (const [index, [key, definition]] of entries.entries()) {
    if (index < positionals.length) inputs[key] = checkFilled(definition.name, positionals[index]);
    else if (!definition.optional) {
      throw new UsageError(`${definition.name} is missing: ${definition.help}\n${helpHint(command.name)}`);
    }
  }
  if (positionals.length > entries.length) {
    throw new UsageError(
      `${JSON.stringify(positionals[entries.length])} is one argument too many for "${command.name}".\n` +
        `Put quotes around a name with spaces. ${helpHint(command.name)}`,
    );
  }
  return inputs;
}

interface Parsed {
  values: Partial<Record<string, string | number | boolean>>;
  positionals: string[];
}

/** Reads options and collects everything else; after `--` nothing is an option. The last of equal options counts. */
function parseOptions(words: readonly string[], definitions: Definitions, commandName: string): Parsed {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(definitions).map(([name, definition]) => [
        name,
        {
          type: definition.kind === 'flag' ? ('boolean' as const) : ('string' as const),
          ...(definition.short !== undefined && { short: definition.short }),
        },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const parsed: Parsed = { values: {}, positionals: [] };
  for (const token of tokens) {
    if (token.kind === 'positional') parsed.positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (!definition) throw unknownOption(name, rawName, definitions, commandName);
    if (definition.kind === 'flag') {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value (got ${JSON.stringify(value)}).`);
      parsed.values[name] = true;
    } else {
      if (token.inlineValue === true && !rawName.startsWith('--') && value?.startsWith('=') === true) {
        throw new UsageError(
          `The value of ${rawName} begins with = (got ${JSON.stringify(value)}).\n` +
            `Write ${rawName} ${value.slice(1)}, or --${name}=${value} if the = belongs to it.`,
        );
      }
      parsed.values[name] = parseValue(name, definition, value, token.inlineValue === true);
    }
  }
  return parsed;
}

function unknownOption(name: string, rawName: string, definitions: Definitions, commandName: string): UsageError {
  const near = nearestWord(name, Object.keys(definitions));
  const did = near === undefined || name.length < 2 ? '' : `Did you mean --${near}? `;
  const of = commandName === 'latentsync' ? 'latentsync' : `"${commandName}"`;
  return new UsageError(
    `${rawName} is no option of ${of}.\n${did}${helpHint(commandName)} ` +
      'A file name that begins with a dash goes after --.',
  );
}

function parseValue(
  name: string,
  definition: Exclude<OptionDefinition, { kind: 'flag' }>,
  value: string | undefined,
  inline: boolean,
): string | number {
  const shown = display(name, definition);
  if (value === undefined) throw new UsageError(`${shown} needs a value.`);
  // A word that looks like an option is most likely one, and the value was forgotten.
  if (!inline && /^-[^\d.]/.test(value)) {
    throw new UsageError(`${shown} needs a value (got ${value}).\nIf that is the value, write --${name}=${value}.`);
  }
  if (definition.kind === 'number') {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
      throw new UsageError(`--${name} must be a number (got ${JSON.stringify(value)}).`);
    }
    return Number(value);
  }
  checkFilled(`--${name}`, value);
  const { choices } = definition;
  if (choices && !choices.includes(value)) {
    const near = nearestWord(value, choices);
    throw new UsageError(
      `--${name} must be one of ${choices.join(', ')} (got ${JSON.stringify(value)}).` +
        (near === undefined ? '' : `\nDid you mean ${near}?`),
    );
  }
  return value;
}

/** Returns the value; an empty one is most likely a variable of the shell that was not set. */
function checkFilled(shown: string, value: string): string {
  if (value === '') throw new UsageError(`${shown} must not be empty.\nA shell variable in its place may not be set.`);
  return value;
}

function display(name: string, definition: OptionDefinition): string {
  return definition.kind === 'flag' ? `--${name}` : `--${name} ${definition.value}`;
}

function helpHint(commandName: string): string {
  return commandName === 'latentsync'
    ? '"latentsync --help" lists the options.'
    : `"latentsync ${commandName} --help" lists them all.`;
}
