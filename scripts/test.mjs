// Runs the whole test suite and closes with one line "N passed, N failed, N skipped".
// The build comes first: the end-to-end tests start the built command.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const run = (script, args) => spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const build = run('scripts/build.mjs', []);
if (build.status !== 0) process.exit(build.status ?? 1);

const folder = mkdtempSync(join(tmpdir(), 'latentsync-test-'));
const report = join(folder, 'report.json');
const reporter = process.stdout.isTTY ? 'default' : 'dot';
const tests = run('node_modules/vitest/vitest.mjs', [
  'run',
  `--reporter=${reporter}`,
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);

try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  // A file that fails to load counts as one failed test: it has none of its own.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = result.numFailedTests + brokenFiles.length;
  const skipped = result.numPendingTests + result.numTodoTests;
  console.log(`${result.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 ? 1 : (tests.status ?? 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
