// Checks the npm package as users get it: publint, what the tarball holds, and that its entry points and command start from it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import manifest from '../package.json' with { type: 'json' };

/** What commands and entry points open: one file of each folder, and what belongs to every package. */
const needed = [
  'LICENSE',
  'NOTICE',
  'README.md',
  'CHANGELOG.md',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/node.js',
  'dist/browser.js',
  'dist/cli/main.js',
  'dist/runtime/session-host-node.js',
  'dist/runtime/session-thread-node.js',
  'models/faces/blazeface.bin',
  'models/faces/facemesh.bin',
  'models/tiny/config.yaml',
  'samples/presenter.mp4',
  'samples/speech.wav',
  'test/fixtures/golden/hash.safetensors',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const faults = [];
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' && command === 'npm' });

const { messages } = await publint({ pkgDir: root, strict: true });
faults.push(...messages.map((message) => formatMessage(message, manifest, { color: false })));

const scratch = mkdtempSync(join(tmpdir(), 'latentsync-package-'));
try {
  // Unpacked beside links to the installed dependencies, as `npm install` would lay it out.
  const [{ filename, files }] = JSON.parse(
    run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', scratch], root),
  );
  const packed = files.map(({ path }) => path);

  for (const path of needed) if (!packed.includes(path)) faults.push(`The package lacks ${path}.`);
  for (const path of packed) if (/\.test\.|\.tsbuildinfo$/.test(path)) faults.push(`The package holds ${path}.`);

  const installed = join(scratch, 'node_modules');
  mkdirSync(installed);
  run('tar', ['-xzf', join(scratch, filename), '-C', scratch], scratch);
  for (const name of Object.keys(manifest.dependencies)) {
    const target = join(installed, name);
    mkdirSync(join(target, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), target, 'junction');
  }
  const self = join(installed, manifest.name);
  symlinkSync(join(scratch, 'package'), self, 'junction');
  writeFileSync(
    join(scratch, 'use.mjs'),
    `import * as latentsync from '${manifest.name}'; process.stdout.write(Object.keys(latentsync).join(' '));`,
  );
  const names = run(process.execPath, ['use.mjs'], scratch).split(' ');
  if (!names.includes('LipsyncPipeline'))
    faults.push(`The entry point exports no LipsyncPipeline (only ${names.join(', ')}).`);
  const version = run(process.execPath, [join(self, manifest.bin.latentsync), '--version'], scratch).trim();
  if (version !== manifest.version)
    faults.push(`latentsync --version says "${version}" instead of ${manifest.version}.`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
