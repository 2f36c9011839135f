// A batch: the jobs that lines describe, one after the other on one open pipeline, each with a result on disk as it ends.
import { basename, dirname, extname, join } from 'node:path';
import { withLock } from '../../hub/lock-node.ts';
import { checkOutput } from '../../media/output-file-node.ts';
import { lipsyncOptions } from '../../pipelines/lipsync-option-table.ts';
import { type LipsyncOptions } from '../../pipelines/lipsync-options.ts';
import type { Judge } from '../../pipelines/judge.ts';
import { withPreset } from '../../pipelines/presets.ts';
import { LipsyncPipeline, type LipsyncResult } from '../../pipelines/lipsync-pipeline-node.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { OptionError } from '../../util/assert.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { printable, printableLines } from '../../util/printable.ts';
import type { OnProgress } from '../../util/progress.ts';
import type { CommandContext } from '../command.ts';
import { commandLineMessage } from '../command-line-words.ts';
import { JobsFailedError, OutOfSyncError } from '../errors.ts';
import { failureOf } from '../exit-status.ts';
import { jobText, type CommandProgress } from '../progress-text.ts';
import { describeOutput, modelNote } from '../result-text.ts';
import { BatchJobs, type BatchEntry, type BatchJob } from './batch-jobs.ts';
import { BatchResults, filesOf, type BatchRecord } from './batch-results.ts';
import { arrivingJobs, readBatch } from './read-batch.ts';

/** Longer than the lock of a process that was killed stays. */
const LOCK_SECONDS = 15;

/** What is asked for. */
export interface BatchOptions {
  /** A .csv or .jsonl file, or `-` for JSON lines from stdin. */
  file: string;
  /** Default: beside the file; for stdin, stdout. */
  results?: string;
  /** Options for lines that do not give them. */
  defaults: Partial<LipsyncOptions>;
  /** Judges what lines want judged. */
  judge?: Judge;
}

/**
 * Does the jobs of a batch that are not done yet.
 *
 * @throws JobsFailedError when some failed; UsageError or LatentSyncError, before the first job begins, when the file or one of its
 * lines is invalid; `aborted` when the signal fires. What was done by then is in the results.
 */
export async function runBatch(options: BatchOptions, context: CommandContext): Promise<void> {
  const { file, defaults, judge } = options;
  const { signal, report } = context;
  const isStream = file === '-';
  const jobs = new BatchJobs({ options: defaults, folder: isStream ? process.cwd() : dirname(file) });
  const entries = isStream
    ? arrivingJobs(process.stdin.setEncoding('utf8') as AsyncIterable<string>, jobs, signal)
    : await readBatch(file, jobs);
  const path = options.results ?? (isStream ? undefined : resultsBeside(file));
  if (path === undefined) {
    await new BatchRun(jobs, { results: undefined, judge }, context).run(entries);
    return;
  }
  const format = { name: 'a file of JSON lines', extensions: ['.jsonl'], stem: 'results' } as const;
  await checkOutput(path, isStream ? [] : [file], format);
  const lock = join(dirname(path), `.${basename(path)}.lock`);
  const locking = { timeoutSeconds: LOCK_SECONDS, signal, onProgress: report.onProgress };
  await withLock(lock, `add results to ${path}`, locking, async (held) => {
    await using results = await BatchResults.open(path);
    await new BatchRun(jobs, { results, judge }, { report, signal: held }).run(entries);
  });
}

function resultsBeside(file: string): string {
  return join(dirname(file), `${basename(file, extname(file))}.results.jsonl`);
}

type BatchPosition = NonNullable<CommandProgress['batch']>;

/** One run over a batch. */
class BatchRun {
  readonly #jobs: BatchJobs;
  readonly #results: BatchResults | undefined;
  readonly #context: CommandContext;
  #pipeline: LipsyncPipeline | undefined;
  readonly #judge: Judge | undefined;
  readonly #counts = { jobs: 0, done: 0, skipped: 0, failed: 0, outOfSync: 0 };

  /** @param results - undefined: they go to stdout. */
  constructor(
    jobs: BatchJobs,
    { results, judge }: { results: BatchResults | undefined; judge: Judge | undefined },
    context: CommandContext,
  ) {
    this.#jobs = jobs;
    this.#results = results;
    this.#judge = judge;
    this.#context = context;
  }

  async run(entries: AsyncIterable<BatchEntry> | readonly BatchJob[]): Promise<void> {
    const { report, signal } = this.#context;
    const jobs = 'length' in entries ? entries.length : undefined;
    try {
      for await (const entry of entries) {
        throwIfAborted(signal);
        await this.#end(entry, { job: ++this.#counts.jobs, jobs });
      }
    } catch (error) {
      if (signal.aborted)
        report.note(`${this.#summary()} ${this.#results ? 'The same command goes on with the rest.' : ''}`);
      throw error;
    } finally {
      await this.#pipeline?.close();
    }
    this.#conclude();
  }

  /** Does a job, unless it is done already or cannot be done. */
  async #end(entry: BatchEntry, batch: BatchPosition): Promise<void> {
    const { line } = entry;
    const before = 'fault' in entry ? undefined : await this.#results?.find(entry);
    if ('fault' in entry) {
      await this.#failed({ line }, new LatentSyncError('config-invalid', `Line ${line} ${entry.fault}`), batch);
    } else if (before) {
      this.#counts.skipped++;
      if (before.isOutOfSync) this.#counts.outOfSync++;
      const text = `${jobText(batch)}: ${printable(String(entry.written.output))} was done before.`;
      this.#context.report.notice('job', { line, status: 'skipped', batch }, text);
    } else await this.#do(entry, batch);
  }

  async #do({ line, written, options }: BatchJob, batch: BatchPosition): Promise<void> {
    const { report, signal } = this.#context;
    const { onWarning } = report;
    const onProgress: OnProgress = (progress) => {
      report.onProgress({ ...progress, batch });
    };
    // A line that leaves these out does not get them from the job with which the pipeline was opened.
    const { deepCacheInterval = lipsyncOptions.deepCacheInterval.default, deepCacheThreshold } = withPreset(options);
    const deepCache = { deepCacheInterval, deepCacheThreshold };
    // Without networks, no job can be done: this ends the batch.
    this.#pipeline ??= await LipsyncPipeline.open({ ...this.#jobs.shared, ...deepCache, signal, onProgress });
    const inputs = await filesOf(options);
    let result: LipsyncResult;
    try {
      const judge = this.#judge;
      result = await this.#pipeline.run({ ...options, ...deepCache, judge, signal, onProgress, onWarning });
    } catch (error) {
      throwIfAborted(signal);
      await this.#failed({ line, options: written }, error, batch);
      return;
    }
    const files = { ...inputs, output: (await filesOf(options)).output };
    const shown = { ...result, output: String(written.output) };
    await this.#add({ line, status: 'done', options: written, files, ...shown }, batch, describeOutput(shown));
    this.#counts.done++;
    if (result.check?.passed === false) this.#counts.outOfSync++;
  }

  async #failed(
    { line, options }: Pick<BatchRecord, 'line' | 'options'>,
    thrown: unknown,
    batch: BatchPosition,
  ): Promise<void> {
    const error = thrown instanceof OptionError ? new LatentSyncError('config-invalid', thrown.problem) : thrown;
    const { code, status: exitStatus } = failureOf(error);
    const message = commandLineMessage(error, undefined);
    await this.#add(
      { line, status: 'failed', options, error: { code, exitStatus, message } },
      batch,
      `Error: ${message}`,
    );
    this.#counts.failed++;
  }

  /** Records how a job ended, and says it. */
  async #add(record: BatchRecord, batch: BatchPosition, outcome: string): Promise<void> {
    const { report } = this.#context;
    const text = `${jobText(batch)}: ${printableLines(outcome)}`;
    const event = { ...record, batch };
    await this.#results?.add(record);
    if (!this.#results) {
      report.note(text);
      report.event('job', event, JSON.stringify(record));
    } else if (record.status === 'done') report.event('job', event, text);
    else report.notice('job', event, text);
  }

  /** Sums up. @throws JobsFailedError when jobs have failed; OutOfSyncError when none has, but lips and sound do not agree in all of them. */
  #conclude(): void {
    const { report } = this.#context;
    const note = modelNote(this.#jobs.shared.model ?? lipsyncOptions.model.default);
    if (this.#counts.done > 0 && note !== undefined) report.note(note);
    const event = { ...this.#counts, results: this.#results?.path };
    if (this.#results) report.event('result', event, `${this.#summary()} Results: ${printable(this.#results.path)}`);
    else report.notice('result', event, this.#summary());
    const { failed, outOfSync } = this.#counts;
    const again = this.#results ? '\nThe same command tries them again.' : '';
    if (failed > 0) throw new JobsFailedError(`${counted(failed)} failed.${again}`);
    if (outOfSync > 0)
      throw new OutOfSyncError(`${counted(outOfSync)} done whose lips and sound do not agree as asked.`);
  }

  #summary(): string {
    const { done, skipped, failed } = this.#counts;
    return `${counted(done)} done, ${skipped} done before, ${failed} failed.`;
  }
}

function counted(jobs: number): string {
  return jobs === 1 ? '1 job' : `${jobs} jobs`;
}
