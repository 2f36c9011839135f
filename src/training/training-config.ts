// Configuration files of training runs: YAML with the sections and names of the official ones.
import { parse } from 'yaml';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { printableLines, shownValue } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import { learningRateSchedules, type LearningRateSchedule } from './optimization/learning-rate.ts';
import type { TrainingSettings } from './train-node.ts';

/** One section of a file, read field by field; fields left unread at the end are errors. */
export class ConfigSection {
  readonly #name: string;
  readonly #source: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  constructor(source: string, name: string, fields: Readonly<Record<string, unknown>>) {
    this.#source = source;
    this.#name = name;
    this.#fields = fields;
  }

  #take(key: string): unknown {
    this.#read.add(key);
    return this.#fields[key] ?? undefined;
  }

  /** Throws because a field breaks a rule. */
  refuse(key: string, rule: string): never {
    throw new LatentSyncError(
      'config-invalid',
      wording`"${this.#name}.${key}" in ${this.#source} must be ${rule} (got ${shownValue(this.#fields[key])}).`,
    );
  }

  /** Returns a number of at least 0. */
  number(key: string, fallback: number): number {
    const value = this.#take(key) ?? fallback;
    return typeof value === 'number' && value >= 0 ? value : this.refuse(key, 'a number of at least 0');
  }

  /** Returns a whole number of at least `minimum` and at most `maximum`. */
  integer(key: string, fallback: number, minimum = 1, maximum = Infinity): number {
    const value = this.#take(key) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    return this.refuse(
      key,
      maximum < Infinity ? `a whole number from ${minimum} to ${maximum}` : `a whole number of at least ${minimum}`,
    );
  }

  /** Returns a whole number of at least 1; undefined when there is none. */
  count(key: string): number | undefined {
    return this.#fields[key] === undefined ? undefined : this.integer(key, 1);
  }

  /** Returns a number above 0; undefined when there is none. */
  positive(key: string): number | undefined {
    if (this.#fields[key] === undefined) return undefined;
    return this.number(key, 0) > 0 ? this.number(key, 0) : this.refuse(key, 'a number above 0');
  }

  /** Returns true or false. */
  flag(key: string, fallback: boolean): boolean {
    const value = this.#take(key) ?? fallback;
    return typeof value === 'boolean' ? value : this.refuse(key, 'true or false');
  }

  /** Returns a number from 0 to 1. */
  share(key: string, fallback: number): number {
    const value = this.number(key, fallback);
    return value <= 1 ? value : this.refuse(key, 'a number from 0 to 1');
  }

  /** Returns a text; undefined when there is none. */
  text(key: string): string | undefined {
    const value = this.#take(key);
    return value === undefined || typeof value === 'string' ? value : this.refuse(key, 'a text');
  }

  /** Returns one of some words. */
  word<T extends string>(key: string, words: readonly T[], fallback: T): T {
    const value = this.#take(key) ?? fallback;
    return words.includes(value as T) ? (value as T) : this.refuse(key, `one of ${words.join(', ')}`);
  }

  /** Returns a list of texts; undefined when there is none. */
  texts(key: string): string[] | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')) return value;
    return this.refuse(key, 'a list of texts');
  }

  /** Returns a list of some words; undefined when there is none. */
  words<T extends string>(key: string, words: readonly T[]): T[] | undefined {
    const values = this.texts(key);
    const isKnown = (values ?? []).every((value) => (words as readonly string[]).includes(value));
    return isKnown ? (values as T[] | undefined) : this.refuse(key, `a list of some of ${words.join(', ')}`);
  }

  /** Returns the whole section, for code that does its own checks. */
  all(): Readonly<Record<string, unknown>> {
    for (const key of Object.keys(this.#fields)) this.#read.add(key);
    return this.#fields;
  }

  /** Names of the fields that were not read. */
  get unread(): string[] {
    return Object.keys(this.#fields)
      .filter((key) => !this.#read.has(key))
      .map((key) => `${this.#name}.${key}`);
  }
}

/** A parsed file. */
export class TrainingConfig {
  /** The name of the file in error messages. */
  readonly source: string;
  readonly #sections = new Map<string, ConfigSection>();

  private constructor(source: string) {
    this.source = source;
  }

  /** Parses a file's text. @throws LatentSyncError `config-invalid` when it is not YAML with sections. */
  static parse(text: string, source: string): TrainingConfig {
    let value: unknown;
    try {
      value = parse(text);
    } catch (error) {
      const reason = printableLines(messageOf(error));
      throw new LatentSyncError('config-invalid', wording`${source} is not valid YAML: ${[reason]}`, { cause: error });
    }
    const isMapping = (item: unknown): item is Record<string, unknown> =>
      typeof item === 'object' && item !== null && !Array.isArray(item);
    if (!isMapping(value) || !Object.values(value).every(isMapping)) {
      throw new LatentSyncError('config-invalid', wording`${source} must consist of sections: data, run, optimizer, …`);
    }
    const config = new TrainingConfig(source);
    for (const [name, fields] of Object.entries(value)) {
      config.#sections.set(name, new ConfigSection(source, name, fields as Record<string, unknown>));
    }
    return config;
  }

  /** Returns a section; a missing one has no fields. */
  section(name: string): ConfigSection {
    let section = this.#sections.get(name);
    if (!section) this.#sections.set(name, (section = new ConfigSection(this.source, name, {})));
    return section;
  }

  /** Throws if a field was not read: it is misspelled, or has no effect. */
  checkAllRead(): void {
    const unread = [...this.#sections.values()].flatMap((section) => section.unread);
    if (unread.length > 0) {
      throw new LatentSyncError('config-invalid', wording`${this.source} has unknown fields: ${unread.join(', ')}.`, {
        remedy: 'Correct their names, or remove them.',
      });
    }
  }
}

/** Returns the settings of the training loop: the sections `run`, `optimizer` and `ckpt`. */
export function trainingSettings(config: TrainingConfig): TrainingSettings {
  const run = config.section('run');
  const optimizer = config.section('optimizer');
  return {
    maxTrainSteps: run.integer('max_train_steps', 10_000),
    learningRate: optimizer.positive('lr') ?? 1e-4,
    schedule: optimizer.word<LearningRateSchedule>('lr_scheduler', learningRateSchedules, 'constant'),
    warmupSteps: optimizer.integer('lr_warmup_steps', 0, 0),
    maxGradNorm: optimizer.positive('max_grad_norm') ?? 1,
    weightDecay: optimizer.share('weight_decay', 0.01),
    gradientAccumulationSteps: optimizer.integer('gradient_accumulation_steps', 1),
    emaDecay: optimizer.share('ema_decay', 0.999),
    saveSteps: config.section('ckpt').integer('save_ckpt_steps', 200),
  };
}
