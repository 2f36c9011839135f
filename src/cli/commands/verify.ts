// latentsync verify: golden files run again on this machine, with the error of each against its tolerance.
import type { ConformanceResult } from '../../conformance/verify-node.ts';
import { defineCommand } from '../command.ts';
import { CheckFailedError } from '../errors.ts';
import { type Column, tableRow } from '../text-layout.ts';
import { deviceOption, jsonOption } from './shared-options.ts';

const COLUMNS: readonly Column[] = [
  { width: 46 },
  { width: 18 },
  { width: 12, align: 'right' },
  { width: 10, align: 'right' },
  { width: 0 },
];

function outcome({ passed, skipped }: ConformanceResult): string {
  return skipped ? 'SKIPPED' : passed ? 'PASS' : 'FAIL';
}

/** Returns how much of its tolerance a result uses up; what failed comes out on top. */
function severity({ passed, skipped, error, tolerance }: ConformanceResult): number {
  if (!passed && !skipped) return Infinity;
  return error === undefined || !tolerance ? 0 : error / tolerance;
}

function number(value: number | undefined): string {
  if (value === undefined) return '–';
  return Number.isInteger(value) ? String(value) : value.toExponential(1);
}

/** Returns the line of a file: its worst result; below it, everything that failed, in words. */
function describeFile(results: readonly ConformanceResult[]): string {
  const worst = results.reduce((a, b) => (severity(b) > severity(a) ? b : a));
  const { file, kind, error, tolerance } = worst;
  const lines = [tableRow([file, kind, number(error), number(tolerance), outcome(worst)], COLUMNS)];
  for (const result of results) {
    if (result.passed || (result.what === undefined && result.message === undefined)) continue;
    const measured = result.error === undefined ? '' : `${result.measure} ${number(result.error)}`;
    lines.push(`    ${[result.what, measured, result.message].filter((part) => part).join(': ')}`);
  }
  return lines.join('\n');
}

export const verifyCommand = defineCommand({
  name: 'verify',
  summary: 'Check that this machine computes what the reference implementation does.',
  description:
    'Runs every golden file in a folder and prints its largest error with the tolerance for it. Without a folder, a ' +
    'small set that comes with the package: enough to learn whether a GPU and its driver compute correctly. ' +
    'The exit status is 3 when anything fails.',
  arguments: {
    directory: { name: 'DIR', optional: true, help: 'Folder with golden files. Default: the bundled set.' },
  },
  options: {
    full: {
      kind: 'flag',
      help: 'Also run the networks of the official sizes: several minutes, 6 GB of memory, 5 GB of disk.',
    },
    device: deviceOption,
    json: jsonOption,
  },
  examples: ['latentsync verify', 'latentsync verify --device webgpu', 'latentsync verify golden --full --json'],
  async run({ inputs: { directory }, options: { full, device } }, { report, signal }) {
    const { verifyDirectory } = await import('../../conformance/verify-node.ts');
    let pending: ConformanceResult[] = [];
    const files = { passed: 0, failed: 0, skipped: 0 };
    const finishFile = (): void => {
      if (pending.length === 0) return;
      if (pending.some(({ passed, skipped }) => !passed && !skipped)) files.failed++;
      else if (pending.every(({ skipped }) => skipped)) files.skipped++;
      else files.passed++;
      report.event('file', { file: pending[0].file, kind: pending[0].kind, results: pending }, describeFile(pending));
      pending = [];
    };
    report.event('start', { directory, full, device }, tableRow(['file', 'kind', 'error', 'tolerance'], COLUMNS));
    const { passed } = await verifyDirectory(directory, {
      full,
      device,
      signal,
      onProgress: report.onProgress,
      onResult: (result) => {
        if (pending.length > 0 && pending[0].file !== result.file) finishFile();
        pending.push(result);
      },
    });
    finishFile();
    const { passed: passes, failed, skipped } = files;
    const text = `${passes} ${passes === 1 ? 'file' : 'files'} passed, ${failed} failed, ${skipped} skipped.`;
    report.event('result', { passed, files }, text);
    if (failed > 0) throw new CheckFailedError(remedy(failed, device));
    if (!passed) {
      throw new CheckFailedError(
        skipped > 0
          ? 'Nothing was verified.\nGive --full to run the networks of the official sizes.'
          : `${directory} holds no golden files.\nGive a folder that does, or none for the bundled set.`,
      );
    }
  },
});

function remedy(failed: number, device: string | undefined): string {
  const first = `${failed} ${failed === 1 ? 'file does' : 'files do'} not come out as the reference computed them.`;
  if (device === undefined || device === 'cpu') return `${first}\nThe lines above tell what is wrong with each.`;
  return `${first}\nDo not trust ${device} here: update its driver, or use --device cpu.`;
}
