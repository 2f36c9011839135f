// From the lines of a batch to jobs: options checked and completed, and no two jobs in each other's way.
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathOf } from '../../media/input-file-node.ts';
import { jobFiles } from '../../pipelines/job-files.ts';
import { lipsyncOpenOptions, lipsyncOptions } from '../../pipelines/lipsync-option-table.ts';
import { checkLipsyncOptions, type LipsyncOpenOptions, type LipsyncOptions } from '../../pipelines/lipsync-options.ts';
import { nearestWord } from '../../util/nearest-word.ts';
import { flagName, type OptionDefinition, type OptionTable } from '../../util/option-table.ts';
import { printable, quoted } from '../../util/printable.ts';
import { commandLineMessage } from '../command-line-words.ts';
import { inputOf, pathFrom } from '../input-words.ts';
import type { BatchLine } from './batch-lines.ts';

/** A line of a batch that can be done. */
export interface BatchJob {
  readonly line: number;
  /** Its options as they are written, over those of the command line. */
  readonly written: Readonly<Record<string, unknown>>;
  /** The same for the library: paths are absolute. */
  readonly options: LipsyncOptions;
}

/** A line of a batch that cannot be done. */
export interface BatchFault {
  readonly line: number;
  /** Continuing "Line 3": `is not JSON.` */
  readonly fault: string;
}

/** What a line of a batch comes to. */
export type BatchEntry = BatchJob | BatchFault;

/** What the lines of a batch start from. */
export interface BatchDefaults {
  /** Options from the command line, for lines that do not give them. */
  readonly options: Partial<LipsyncOptions>;
  /** Folder that relative paths in lines start from. */
  readonly folder: string;
}

const table: OptionTable = lipsyncOptions;

/** Turns lines into jobs, one after the other. */
export class BatchJobs {
  readonly #defaults: BatchDefaults;
  /** Options that decide which networks are loaded, as they are written. */
  #sharedAsWritten: object = {};
  #shared: LipsyncOpenOptions = {};
  #isFirst = true;
  /** Lines by the files that they read and write. */
  readonly #readers = new Map<string, number>();
  readonly #writers = new Map<string, number>();

  constructor(defaults: BatchDefaults) {
    this.#defaults = defaults;
  }

  /** Options that decide which networks are loaded, the same for all jobs: those of the command line, else those of the first job. */
  get shared(): LipsyncOpenOptions {
    return this.#shared;
  }

  /** Returns the job of a line, or what is wrong with the line, by itself or beside the earlier ones. */
  async add({ line, content }: BatchLine): Promise<BatchEntry> {
    if (typeof content === 'string') return { line, fault: `${content}.` };
    const values: Record<string, unknown> = {};
    for (const [name, value] of content) {
      if (!Object.hasOwn(table, name)) return { line, fault: unknownOption(name) };
      values[name] = typedValue(table[name], value);
    }
    const defaults = this.#defaults;
    const written = { ...this.#sharedAsWritten, ...defaults.options, ...values };
    try {
      checkLipsyncOptions(written as unknown as LipsyncOptions);
    } catch (error) {
      return { line, fault: `is not a job: ${commandLineMessage(error, undefined)}` };
    }
    const given = resolved(process.cwd(), defaults.options);
    const own = resolved(defaults.folder, values);
    const job = { line, written, options: { ...this.#shared, ...given, ...own } as unknown as LipsyncOptions };
    const fault = await this.#conflict(job);
    if (fault !== undefined) return { line, fault };
    if (this.#isFirst) {
      this.#sharedAsWritten = networkOptions({ ...values, ...defaults.options });
      this.#shared = networkOptions({ ...own, ...given });
      this.#isFirst = false;
    }
    return job;
  }

  async #conflict({ line, written, options }: BatchJob): Promise<string | undefined> {
    const output = await fileOf(options.output);
    const inputs = new Map<string, unknown>();
    for (const [name, input] of jobFiles(options)) {
      const path = pathOf(input);
      if (path !== undefined) inputs.set(await fileOf(path), written[name] ?? path);
    }
    const shownOutput = printable(String(written.output));
    const writer = this.#writers.get(output);
    if (writer !== undefined) return `writes ${shownOutput}, as line ${writer} does.`;
    const reader = this.#readers.get(output) ?? (inputs.has(output) ? line : undefined);
    if (reader !== undefined) return `writes ${shownOutput}, which line ${reader} reads.`;
    for (const [input, shown] of inputs) {
      const inputWriter = this.#writers.get(input);
      if (inputWriter !== undefined) return `reads ${printable(String(shown))}, which line ${inputWriter} writes.`;
    }
    this.#writers.set(output, line);
    for (const input of inputs.keys()) this.#readers.set(input, line);
    return undefined;
  }
}

/** Returns a value as its option takes it, where it may be written otherwise; anything else as it is, to be refused. */
function typedValue(definition: OptionDefinition, value: unknown): unknown {
  const { type, repeats } = definition;
  // Several values take one cell of a table.
  if (repeats && typeof value === 'string') return value.split(';').map((part) => part.trim());
  // A model that is called 1.6 is a number to JSON.
  if (typeof value === 'number' && (type === 'path' || type === 'text')) return String(value);
  if (typeof value !== 'string') return value;
  if (type === 'flag' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  const isNumber = (type === 'integer' || type === 'number') && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
  return isNumber ? Number(value) : type === 'input' ? inputOf(value) : value;
}

function networkOptions(options: object): LipsyncOpenOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(lipsyncOpenOptions, name)));
}

function resolved(folder: string, values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, pathFrom(folder, table[name], value)]),
  );
}

function unknownOption(name: string): string {
  const known = Object.keys(table);
  const near = known.find((candidate) => flagName(candidate, table[candidate]) === name) ?? nearestWord(name, known);
  return `gives ${quoted(name)}, which is not an option.${near === undefined ? '' : ` Did you mean ${near}?`}`;
}

/** One name for a file, whatever links and roundabout ways lead to it. */
async function fileOf(path: string): Promise<string> {
  const realOr = (name: string, otherwise: () => string | Promise<string>): Promise<string> =>
    realpath(name).catch(otherwise);
  return realOr(path, async () => join(await realOr(dirname(path), () => resolve(dirname(path))), basename(path)));
}
