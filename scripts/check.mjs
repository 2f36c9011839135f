// Every check of the project, in order; stops at the first that fails. `npm run check -- lint types` runs only those named.
import { spawnSync } from 'node:child_process';

const bin = (name, path) => [process.execPath, [`node_modules/${name}/${path}`]];
const checks = {
  format: [...bin('prettier', 'bin/prettier.cjs'), ['--check', '--log-level=warn', '.']],
  lint: [...bin('eslint', 'bin/eslint.js'), ['.', '--max-warnings=0']],
  types: [...bin('typescript', 'bin/tsc'), ['-p', 'tsconfig.json']],
  layers: [...bin('dependency-cruiser', 'bin/dependency-cruise.mjs'), ['src', '--output-type', 'err-long']],
  unused: [...bin('knip', 'bin/knip.js'), []],
  tests: [process.execPath, ['scripts/test.mjs'], []],
  docs: [...bin('typedoc', 'bin/typedoc'), []],
  diagram: [process.execPath, ['scripts/import-diagram.mjs'], ['--check']],
  package: [...bin('publint', 'src/cli.js'), ['--strict']],
};

const wanted = process.argv.slice(2);
for (const [name, [command, script, args]] of Object.entries(checks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = Date.now();
  const result = spawnSync(command, [...script, ...args], { stdio: 'inherit' });
  console.log(`${result.status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (result.status !== 0) process.exit(1);
}
