// Options of a command from a YAML or JSON file, by the names that they have in programs: `guidanceScale: 2`.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Node, Scalar } from 'yaml';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { nearestWord } from '../util/nearest-word.ts';
import { allowedValues, flagName, type OptionDefinition } from '../util/option-table.ts';
import { EXCERPT_RULE, TIME_RULE } from '../util/times.ts';
import { printable, printableLines, quoted } from '../util/printable.ts';
import type { Command } from './command.ts';
import { pathFrom } from './input-words.ts';

/**
 * Returns the options that a file gives for a command. Relative paths are relative to the file's folder, so that a file and what
 * it names can be moved together.
 *
 * @throws LatentSyncError as `fileError` has it when the file cannot be read; `config-invalid` when it is not YAML, or holds something
 * that is not an option of the command or not a value for it, naming the file, the option and the rule.
 */
export async function readConfigFile(file: string, command: Command): Promise<Map<string, unknown>> {
  const text = await readText(file);
  // Most command lines name no file, and do without the parser.
  const { isAlias, isMap, isScalar, isSeq, parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const fault = document.errors.at(0);
  if (fault)
    throw invalid(`${printable(file)} is not valid YAML: ${printableLines(fault.message.trimEnd())}`, { cause: fault });
  if (document.contents === null) return new Map();
  if (!isMap(document.contents)) {
    throw invalid(`${printable(file)} must hold options with their values, such as "steps: 20".`);
  }
  const target = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const values = new Map<string, unknown>();
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const definition = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
    if (!definition) throw unknownKey(file, name, command);
    const single = (item: unknown): unknown => {
      const node = target(item);
      const scalar = isScalar(node) ? node : undefined;
      const found = scalar && valueOf(scalar, definition);
      if (found === undefined) throw illTyped(file, name, definition, node as Node | null);
      return pathFrom(dirname(file), definition, found);
    };
    const node = target(value);
    const isListed = isSeq(node) && node.items.length > 0;
    if (!definition.list && !(definition.repeats && isListed)) values.set(name, single(node));
    else if (isListed) values.set(name, node.items.map(single));
    else throw illTyped(file, name, definition, node as Node | null);
  }
  return values;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file, { what: 'The configuration file' });
  }
}

function invalid(problem: string, options: { remedy?: string; cause?: unknown } = {}): LatentSyncError {
  return new LatentSyncError('config-invalid', problem, options);
}

function unknownKey(file: string, name: string, { name: commandName, options }: Command): LatentSyncError {
  const known = Object.keys(options);
  const byFlag = known.find((candidate) => flagName(candidate, options[candidate]) === name);
  const near = byFlag ?? nearestWord(name, known);
  return invalid(`${printable(file)} gives ${quoted(name)}, which is not an option of "${commandName}".`, {
    remedy: `${near === undefined ? '' : `Did you mean ${near}? `}The options are ${known.join(', ')}.`,
  });
}

/** Returns the value of an option; undefined when the file gives something of another type, or not one of the choices. */
function valueOf({ value, source, type }: Scalar, definition: OptionDefinition): unknown {
  switch (definition.type) {
    case 'flag':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
    case 'number': {
      const { min, max } = definition;
      const isRight = typeof value === 'number' && value >= min && value <= max;
      return isRight && (definition.type === 'number' || Number.isInteger(value)) ? value : undefined;
    }
    default: {
      // A model that is called 1.6 is a number to YAML.
      const text = typeof value === 'number' && type === 'PLAIN' ? source : value;
      if (typeof text !== 'string' || text === '') return undefined;
      return definition.type === 'choice' && !definition.choices.includes(text) ? undefined : text;
    }
  }
}

function illTyped(file: string, name: string, definition: OptionDefinition, node: Node | null): LatentSyncError {
  const got = written(node);
  const near =
    definition.type === 'choice'
      ? nearestWord(String(JSON.parse(JSON.stringify(node))), definition.choices)
      : undefined;
  return invalid(
    `"${name}" in ${printable(file)} must be ${rule(definition)} (got ${printable(got, { longest: 120 })}).`,
    near === undefined ? {} : { remedy: `Did you mean ${near}?` },
  );
}

/** Returns how a value is shown after "got": as JSON, or as it is in the file where JSON has no such number. */
function written(node: Node | null): string {
  if (node === null) return 'nothing';
  const { value, source } = node as Partial<Scalar>;
  return typeof value === 'number' && !Number.isFinite(value) && source !== undefined ? source : JSON.stringify(node);
}

/** Returns what a value must be, continuing "must be". */
function rule(definition: OptionDefinition): string {
  const values = allowedValues(definition) ?? '';
  const single = {
    flag: 'true or false',
    integer: `an integer from ${values}`,
    number: `a number from ${values}`,
    choice: `one of ${values}`,
    path: 'the path of a file or folder',
    input: 'the path of a file',
    time: TIME_RULE,
    excerpt: EXCERPT_RULE,
    speaker: 'FACE=AUDIO, FACE=AUDIO@START or FACE=AUDIO@START-END',
    text: 'text',
  }[definition.type].replace(/from (\S+) or more/, 'of $1 or more');
  if (definition.repeats) return `${single}, or a list of such values`;
  return definition.list ? `a list, each of its values ${single}` : single;
}
