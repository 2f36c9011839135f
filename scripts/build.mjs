// Compiles src to dist, removes what earlier builds left there, and makes the command executable, for `npx latentsync` here.
// Options are the compiler's: `--sourceMap`, `--noCheck`.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const compiler = join(root, 'node_modules/typescript/bin/tsc');

const { status, stdout } = spawnSync(
  process.execPath,
  [compiler, '-p', 'tsconfig.build.json', '--listEmittedFiles', ...process.argv.slice(2)],
  {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
const lines = stdout.split(/\r?\n/);
const errors = lines.filter((line) => line !== '' && !line.startsWith('TSFILE: ')).join('\n');
if (errors) console.error(errors);

if (status === 0) {
  const emitted = new Set(lines.map((line) => resolve(line.replace('TSFILE: ', ''))));
  const present = existsSync(dist) ? readdirSync(dist, { recursive: true, withFileTypes: true }) : [];
  for (const entry of present) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !emitted.has(path)) rmSync(path);
  }
  chmodSync(join(dist, 'cli/main.js'), 0o755);
}
process.exitCode = status ?? 1;
