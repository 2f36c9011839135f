// Runs the whole test suite and closes with one line "N passed, N failed, N skipped"; with `--coverage`, says before that how
// many lines the tests run. Other options and file names are Vitest's.
// The build comes first: the end-to-end tests start the built command.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printCoverage } from './coverage.mjs';

const run = (script, args, environment = {}) =>
  spawnSync(process.execPath, [script, ...args], { stdio: 'inherit', env: { ...process.env, ...environment } });
const options = process.argv.slice(2).filter((word) => word !== '--coverage');
const coverage = options.length < process.argv.length - 2;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
// Types are checked by `npm run check -- types`.
const build = run('scripts/build.mjs', ['--noCheck', ...(coverage ? ['--sourceMap'] : [])]);
if (build.status !== 0) process.exit(build.status ?? 1);

const folder = mkdtempSync(join(tmpdir(), 'latentsync-test-'));
const report = join(folder, 'report.json');
const processes = join(folder, 'processes');
mkdirSync(processes);
const reporter = process.stdout.isTTY ? 'default' : 'dot';
const tests = run(
  'node_modules/vitest/vitest.mjs',
  [
    'run',
    `--reporter=${reporter}`,
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(coverage ? ['--coverage.enabled', `--coverage.reportsDirectory=${folder}`, '--coverage.clean=false'] : []),
    ...options,
  ],
  coverage ? { PROCESS_COVERAGE: processes } : {},
);

try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  // A file that fails to load counts as one failed test: it has none of its own.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = result.numFailedTests + brokenFiles.length;
  const skipped = result.numPendingTests + result.numTodoTests;
  const explained = !coverage || printCoverage(folder) || options.length > 0; // some tests run some lines
  console.log(`${result.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 || !explained ? 1 : (tests.status ?? 1);
} finally {
  if (coverage) run('scripts/build.mjs', []); // without source maps
  rmSync(folder, { recursive: true, force: true });
}
