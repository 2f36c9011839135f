// Where the jobs of a batch come from: a file, which is checked as a whole before the first job begins, or stdin, as lines arrive.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { abortable } from '../../util/abort.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { fileError } from '../../util/file-errors.ts';
import { printable } from '../../util/printable.ts';
import { UsageError } from '../errors.ts';
import type { BatchEntry, BatchJob, BatchJobs } from './batch-jobs.ts';
import { csvLines, jsonLines } from './batch-lines.ts';

const LISTED_FAULTS = 20;

/**
 * Returns the jobs of a file.
 *
 * @throws UsageError for a file of another kind; LatentSyncError `config-invalid`, listing the lines that cannot be done, or as
 * `fileError` has it.
 */
export async function readBatch(file: string, jobs: BatchJobs): Promise<BatchJob[]> {
  const name = printable(file);
  const kind = extname(file).toLowerCase();
  if (kind !== '.csv' && kind !== '.jsonl') {
    throw new UsageError(`--batch must be a .csv or .jsonl file, or - for JSON lines from stdin (got ${name}).`);
  }
  const text = await readText(file);
  const entries: BatchEntry[] = [];
  for await (const line of kind === '.csv' ? await csvLines(text) : jsonLines([text]))
    entries.push(await jobs.add(line));
  if (entries.length === 0) throw new LatentSyncError('config-invalid', `${name} has no jobs.`);
  const faults = entries.filter((entry) => 'fault' in entry);
  if (faults.length > 0) {
    const listed = faults.slice(0, LISTED_FAULTS).map(({ line, fault }) => `\n  Line ${line} ${fault}`);
    const more = faults.length > LISTED_FAULTS ? `\n  … and ${faults.length - LISTED_FAULTS} more lines` : '';
    throw new LatentSyncError('config-invalid', `${name} is not a list of jobs:${listed.join('')}${more}`, {
      remedy: 'No job was begun.',
    });
  }
  return entries.filter((entry) => 'options' in entry);
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw fileError(error, file, { what: 'The batch' });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new LatentSyncError('config-invalid', `${printable(file)} is not text in UTF-8.`, {
      remedy: 'Save it as UTF-8.',
      cause: error,
    });
  }
}

/** Yields what lines of JSON describe as they arrive. @throws LatentSyncError `aborted` when the signal fires. */
export async function* arrivingJobs(
  chunks: AsyncIterable<string>,
  jobs: BatchJobs,
  signal: AbortSignal,
): AsyncGenerator<BatchEntry> {
  const lines = jsonLines(chunks);
  for (;;) {
    const next = await abortable(lines.next(), signal);
    if (next.done) return;
    yield await jobs.add(next.value);
  }
}
