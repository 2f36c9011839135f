// Every check of the project, the quick ones first. `npm run check -- lint types` runs only the named ones.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const checks = {
  /** No file, export or dependency that nothing uses. */
  unused: ['node_modules/knip/bin/knip.js', '--treat-config-hints-as-errors'],
  /** Folders import only lower levels, and `node:` only where it may stand. */
  layers: ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'src', '--output-type', 'err-long'],
  /** docs/import-diagram.md shows the imports as they are. */
  diagram: ['scripts/import-diagram.mjs', '--check'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  types: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
  build: ['scripts/build.mjs'],
  /** The npm package holds what it needs, and starts from what it holds. */
  package: ['scripts/check-package.mjs'],
  /** Everything public is documented, and every link in the documentation leads somewhere. */
  docs: ['node_modules/typedoc/bin/typedoc', '--logLevel', 'Warn'],
  lint: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings=0'],
  /** Tests, and the share of lines that they run. */
  tests: ['scripts/test.mjs', '--coverage'],
  /** The package, installed from its tarball, works on every Node that is supported. */
  nodes: ['scripts/check-nodes.mjs'],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}.\nThe checks are: ${Object.keys(checks).join(', ')}.`);
  process.exit(1);
}

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const results = [];
for (const [name, command] of Object.entries(checks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n— ${name}`);
  const started = Date.now();
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  results.push({ name, passed: status === 0, seconds: (Date.now() - started) / 1000 });
}

console.log('');
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s`);
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
