// How errors of the library read on the command line: with flags instead of options, and commands instead of functions.
import { OptionError } from '../util/assert.ts';
import { type ErrorCode, LatentSyncError, messageOf } from '../util/errors.ts';
import { flagName } from '../util/option-table.ts';
import { printable } from '../util/printable.ts';
import {
  type ActionName,
  type ActionReference,
  type OptionReference,
  type OptionValue,
  type Vocabulary,
  wordWith,
} from '../util/wording.ts';
import type { Command, Invocation } from './command.ts';
import { UsageError } from './errors.ts';
import { positionalName } from './help.ts';

/** Returns how the user writes what the library calls `property`: `--guidance`, `VIDEO`; undefined when the command lacks it. */
function wordFor(property: string, command: Command): string | undefined {
  const { options, positionals } = command;
  if (!Object.hasOwn(options, property)) return undefined;
  return positionals.includes(property) ? positionalName(property) : `--${flagName(property, options[property])}`;
}

/** Returns a value as a shell takes it. */
function shellWord(value: OptionValue): string {
  const text = String(value);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
}

type ActionArguments = Partial<ActionReference['arguments']>;

const commandLines: Readonly<Record<ActionName, (values: ActionArguments) => string[]>> = {
  describeCheckpoint: ({ checkpoint }) => ['models', 'info', checkpoint === undefined ? 'FILE' : shellWord(checkpoint)],
  generateClips: ({ output, clips, heldOut }) => [
    'train',
    'data',
    '--output',
    output === undefined ? 'DIR' : shellWord(output),
    ...(clips === undefined ? [] : ['--clips', shellWord(clips)]),
    ...(heldOut === undefined ? [] : ['--held-out']),
  ],
  pullModel: ({ model, parts }) => [
    'models',
    'pull',
    model === undefined ? 'MODEL' : shellWord(model),
    ...(parts === undefined ? [] : ['--part', shellWord(parts)]),
  ],
};

/** Returns the words of a command; an option that it does not have is called by its name. */
function vocabularyOf(invocation: Invocation | undefined): Vocabulary {
  return {
    option({ option, value }: OptionReference): string {
      const word = invocation && wordFor(option, invocation.command);
      const config = invocation?.config;
      if (value === undefined && config?.names.has(option)) return `"${option}" in ${printable(config.file)}`;
      if (value === undefined || value === true) return word ?? option;
      return word === undefined
        ? `${option} ${value}`
        : word.startsWith('-')
          ? `${word} ${shellWord(value)}`
          : shellWord(value);
    },
    action: (reference) => `"latentsync ${commandLines[reference.action](reference.arguments).join(' ')}"`,
  };
}

/** Commands that help with an error, and that the library cannot know of. */
const hints: Readonly<Partial<Record<ErrorCode, string>>> = {
  'device-unavailable': '"latentsync doctor" shows what this machine can run.',
};

/** Returns the message of anything that a command threw, in the words of that command; without one, options are called by their names. */
export function commandLineMessage(error: unknown, invocation: Invocation | undefined): string {
  if (error instanceof OptionError) return wordWith(error.problem, vocabularyOf(invocation));
  if (!(error instanceof LatentSyncError)) return messageOf(error);
  const { code, problem, remedy } = error;
  const lines = [problem, ...(remedy ? [remedy.text] : [])].map((text) => wordWith(text, vocabularyOf(invocation)));
  return [...lines, ...(hints[code] === undefined ? [] : [hints[code]])].join('\n');
}

/** Returns a complaint about an option of the library as one about the command's own; anything else as it is. */
export function asUsageError(error: unknown, invocation: Invocation): unknown {
  if (!(error instanceof OptionError)) return error;
  const isKnown = error.problem.every(
    (part) => typeof part === 'string' || !('option' in part) || wordFor(part.option, invocation.command) !== undefined,
  );
  return isKnown ? new UsageError(wordWith(error.problem, vocabularyOf(invocation)), { cause: error }) : error;
}
