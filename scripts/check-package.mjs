// Checks the npm package as users get it: publint, are the types wrong, what the tarball holds, and that its entry points and command start from it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import manifest from '../package.json' with { type: 'json' };
import { inspectEntryPoints } from './entry-point-types.mjs';

/** What commands and entry points open: one file of each folder, and what belongs to every package. */
const needed = [
  'LICENSE',
  'NOTICE',
  'README.md',
  'CHANGELOG.md',
  'dist/cli/main.js',
  'dist/node.js', // tools that measure finished videos import these two by their paths
  'dist/models/face-measures.js',
  'dist/media/media-host-node.js',
  'dist/media/writing-host-node.js',
  'dist/runtime/session-host-node.js',
  'dist/runtime/session-thread-node.js',
  'models/faces/blazeface.bin',
  'models/faces/facemesh.bin',
  'models/speech/silero_vad_v6.onnx',
  'models/faces/faceres.bin',
  'models/tiny/config.yaml',
  'samples/presenter.mp4',
  'samples/speech.wav',
  'test/fixtures/golden/hash.safetensors',
];

/** The main entry point has what a user of the job needs; everything else is in the entry points of the rooms. */
const MOST_NAMES = 46;

const root = fileURLToPath(new URL('..', import.meta.url));
const faults = [];
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' && command === 'npm' });

const { messages } = await publint({ pkgDir: root, strict: true });
faults.push(...messages.map((message) => formatMessage(message, manifest, { color: false })));

const entryPoints = Object.entries(manifest.exports).filter(([path]) => path !== './package.json');
const declarations = inspectEntryPoints(
  new Map(entryPoints.map(([path, { types }]) => [path.replace('.', manifest.name), join(root, types)])),
);
faults.push(...declarations.faults);
const names = declarations.names.get(manifest.name);
if (names.length > MOST_NAMES) {
  faults.push(`The main entry point exports ${names.length} names, more than ${MOST_NAMES}: ${names.join(', ')}.`);
}

const scratch = mkdtempSync(join(tmpdir(), 'latentsync-package-'));
try {
  // Unpacked beside links to the installed dependencies, as `npm install` would lay it out.
  const [{ filename, files }] = JSON.parse(
    run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', scratch], root),
  );
  const packed = files.map(({ path }) => path);
  const tarball = join(scratch, filename);

  for (const path of needed) if (!packed.includes(path)) faults.push(`The package lacks ${path}.`);
  for (const path of packed) if (/\.test\.|\.tsbuildinfo$/.test(path)) faults.push(`The package holds ${path}.`);

  const attw = fileURLToPath(new URL('dist/index.js', import.meta.resolve('@arethetypeswrong/cli/package.json')));
  const types = spawnSync(
    process.execPath,
    [attw, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color'],
    {
      encoding: 'utf8',
    },
  );
  if (types.status !== 0) faults.push(`${types.stdout}${types.stderr}`);

  const installed = join(scratch, 'node_modules');
  mkdirSync(installed);
  run('tar', ['-xzf', tarball, '-C', scratch], scratch);
  for (const name of Object.keys(manifest.dependencies)) {
    const target = join(installed, name);
    mkdirSync(join(target, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), target, 'junction');
  }
  const self = join(installed, manifest.name);
  symlinkSync(join(scratch, 'package'), self, 'junction');

  writeFileSync(
    join(scratch, 'use.mjs'),
    `for (const path of ${JSON.stringify(entryPoints.map(([path]) => path))}) {
      const exported = await import(path.replace('.', '${manifest.name}'));
      console.log(path, Object.keys(exported).join(' '));
    }`,
  );
  for (const line of run(process.execPath, ['use.mjs'], scratch).trim().split('\n')) {
    const [path, ...exported] = line.split(' ');
    if (exported.length === 0) faults.push(`The entry point ${path} exports nothing.`);
    if (path === '.' && !exported.includes('LipsyncPipeline')) {
      faults.push(`The entry point exports no LipsyncPipeline (only ${exported.join(', ')}).`);
    }
  }
  const version = run(process.execPath, [join(self, manifest.bin.latentsync), '--version'], scratch).trim();
  if (version !== manifest.version)
    faults.push(`latentsync --version says "${version}" instead of ${manifest.version}.`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
