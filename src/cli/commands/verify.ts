// latentsync verify: golden files run again on this machine, with the error of each against its tolerance.
import type { ConformanceResult } from '../../conformance/verify-node.ts';
import { verifyOptions } from '../../conformance/verify-options.ts';
import { defineCommand } from '../command.ts';
import { CheckFailedError } from '../errors.ts';
import { type Column, tableRow } from '../text-layout.ts';

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

/** Returns how much of its tolerance a result uses up; failures come first. */
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
  description:
    'Runs every golden file in a folder and prints its largest error next to the tolerance. Without a folder, it runs a ' +
    'small set that comes with the package, enough to learn whether a GPU and its driver compute correctly. ' +
    'The exit status is 3 when anything fails.',
  positionals: ['directory'],
  options: {
    directory: {
      type: 'path',
      group: 'Files',
      value: 'DIR',
      defaultText: 'the bundled set',
      text: 'Folder with golden files.',
    },
    ...verifyOptions,
  },
  examples: ['latentsync verify', 'latentsync verify --device webgpu', 'latentsync verify golden --full --json'],
  async run({ directory, ...options }, { report, signal }) {
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
    report.event('start', { directory, ...options }, tableRow(['file', 'kind', 'error', 'tolerance'], COLUMNS));
    const { passed } = await verifyDirectory(directory, {
      ...options,
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
    if (failed > 0) throw new CheckFailedError(remedy(failed, options.device));
    if (!passed) {
      throw new CheckFailedError(
        skipped > 0
          ? 'Nothing was verified.\nUse --full to run the networks at their official sizes.'
          : `${directory} holds no golden files.\nChoose a folder that does, or omit it for the bundled set.`,
      );
    }
  },
});

function remedy(failed: number, device: string | undefined): string {
  const first = `${failed} ${failed === 1 ? 'file does' : 'files do'} not match the reference.`;
  if (device === undefined || device === 'cpu') return `${first}\nThe lines above say what is wrong with each.`;
  return `${first}\nDo not trust ${device} here: update its driver, or use --device cpu.`;
}
