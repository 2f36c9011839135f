// latentsync jobs, latentsync jobs clean: what interrupted jobs have left, and its removal.
import { formatBytes } from '../../hub/format-bytes.ts';
import type { LeftJournal } from '../../pipelines/job-journal-node.ts';
import { defineOptions } from '../../util/option-table.ts';
import { printable } from '../../util/printable.ts';
import { defineCommand } from '../command.ts';
import { table } from '../text-layout.ts';

const options = defineOptions({
  folder: {
    type: 'path',
    group: 'Files',
    value: 'DIR',
    text: 'Only what is in this folder. Default: in all folders in which a job was started.',
  },
});

async function journalsIn(folder: string | undefined): Promise<LeftJournal[]> {
  const { findAllJournals, findJournals } = await import('../../pipelines/job-journal-node.ts');
  return folder === undefined ? findAllJournals() : findJournals(folder);
}

function ageOf({ changedAt }: LeftJournal): string {
  const minutes = Math.max(0, Math.round((Date.now() - changedAt.getTime()) / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

export const jobsCommand = defineCommand({
  description:
    'An interrupted job goes on when the same command is run again. Its leftovers lie beside the output, hidden.',
  positionals: [],
  options,
  examples: ['latentsync jobs', 'latentsync jobs --folder ~/videos'],
  async run({ folder }, { report }) {
    const journals = await journalsIn(folder);
    const rows = journals.map((journal) => [
      printable(journal.output),
      `${journal.framesSafe} of ${journal.frames} frames`,
      formatBytes(journal.size),
      journal.isRunning ? 'running' : ageOf(journal),
    ]);
    const text =
      rows.length === 0 ? 'No interrupted jobs.' : table([['output', 'finished', 'size', 'last written'], ...rows]);
    const jobs = journals.map(
      ({ output, startedAt, frames, framesSafe, folder: journal, size, changedAt, isRunning }) => {
        return { output, startedAt, frames, framesSafe, journal, size, changedAt, isRunning };
      },
    );
    report.event('result', { jobs }, text);
  },
});

export const jobsCleanCommand = defineCommand({
  description: 'Running jobs keep theirs.',
  positionals: [],
  options,
  examples: ['latentsync jobs clean', 'latentsync jobs clean --folder ~/videos'],
  async run({ folder }, { report }) {
    const { removeJournal } = await import('../../pipelines/job-journal-node.ts');
    const left = (await journalsIn(folder)).filter(({ isRunning }) => !isRunning);
    for (const journal of left) await removeJournal(journal);
    const bytes = left.reduce((sum, { size }) => sum + size, 0);
    const count = left.length === 1 ? '1 interrupted job' : `${left.length} interrupted jobs`;
    report.event(
      'result',
      { removed: left.map(({ output }) => output), bytes },
      `Removed what ${count} had left: ${formatBytes(bytes)}.`,
    );
  },
});
