// Checks the packed package on every Node that is supported: installs it in an empty folder, type-checks programs that use it, imports
// its entry points and lip-syncs the beginning of the sample clip. Other Nodes come from the registry and stay in node_modules/.cache.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };

/** The major versions that are checked: in each, the Node that runs this script, else the newest from the registry. */
const versions = ['20.19', '22', '24', '26'];

const SPEECH_SECONDS = 1;
const FRAME_RATE = 25;

const root = fileURLToPath(new URL('..', import.meta.url));
const isWindows = process.platform === 'win32';

function run(command, args, cwd) {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: 'pipe',
      shell: isWindows && command === 'npm',
      env: { ...process.env, LATENTSYNC_HOME: join(cwd, 'home') },
    });
  } catch (error) {
    throw new Error(`${[command, ...args].join(' ')} failed:\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

const npm = (args, cwd) =>
  run('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], cwd);

/** Returns the path of a Node: this one if it is of that version, else one from the registry. */
function nodeOf(version) {
  const [major] = version.split('.');
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  const folder = join(root, 'node_modules/.cache/nodes', major);
  const path = join(folder, 'node_modules', name, isWindows ? 'bin/node.exe' : 'bin/node');
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    npm(['install', `${name}@^${version}`], folder);
  }
  return path;
}

/** Entry points that a condition leads somewhere, by the names that programs import them by. */
const entryPoints = Object.entries(manifest.exports)
  .filter(([path]) => path !== './package.json')
  .map(([path, target]) => ({ name: path.replace('.', manifest.name), isNodeOnly: !('default' in target) }));

/**
 * Type-checks programs in a folder, as TypeScript resolves packages for one kind of program. Only faults in them and in this package's
 * declarations count: Mediabunny's clash with those of TypeScript for the DOM, and need them.
 */
function checkTypes(folder, name, { files, ...options }) {
  const typeRoots = [join(root, 'node_modules/@types')];
  const compilerOptions = { target: 'es2023', strict: true, noEmit: true, typeRoots, ...options };
  writeFileSync(join(folder, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions, files }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', `tsconfig.${name}.json`], {
    cwd: folder,
    encoding: 'utf8',
  });
  const isOurs = (line) => !line.includes('node_modules/') || line.startsWith(`node_modules/${manifest.name}/`);
  const faults = stdout.split('\n').filter((line) => line.includes('error TS') && isOurs(line));
  if (faults.length > 0) throw new Error(`Types for ${name}:\n${faults.join('\n')}`);
}

/** Writes a program that imports entry points, all of which must export something. */
function writeImports(path, names) {
  const lines = names.map((name, index) => `import * as part${index} from '${name}';`);
  const parts = names.map((_, index) => `part${index}`).join(', ');
  writeFileSync(
    path,
    `${lines.join('\n')}\nif ([${parts}].some((part) => Object.keys(part).length === 0)) throw new Error('An entry point is empty.');\n`,
  );
}

/** Writes the first second of the sample's speech, a WAV file with a header of 44 bytes and 16-bit samples. */
function writeSpeech(path) {
  const wav = readFileSync(join(root, 'samples/speech.wav'));
  const bytes = SPEECH_SECONDS * wav.readUInt32LE(28);
  wav.writeUInt32LE(36 + bytes, 4);
  wav.writeUInt32LE(bytes, 40);
  writeFileSync(path, wav.subarray(0, 44 + bytes));
}

const folder = mkdtempSync(join(tmpdir(), 'latentsync-nodes-'));
try {
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], root),
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  npm(['install', filename], folder);
  console.log(`Installed ${filename} in an empty folder.`);

  const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'));
  for (const name of examples) copyFileSync(join(root, 'examples', name), join(folder, name));
  writeImports(
    join(folder, 'imports.js'),
    entryPoints.map(({ name }) => name),
  );
  copyFileSync(join(folder, 'imports.js'), join(folder, 'imports.ts'));
  writeImports(
    join(folder, 'page.ts'),
    entryPoints.filter(({ isNodeOnly }) => !isNodeOnly).map(({ name }) => name),
  );
  const lib = ['es2023', 'esnext.disposable'];
  const bundler = { module: 'preserve', moduleResolution: 'bundler' };
  const forNode = { files: [...examples, 'imports.ts'], types: ['node'], lib };
  checkTypes(folder, 'node', { ...forNode, module: 'nodenext' });
  checkTypes(folder, 'bundler', { ...forNode, ...bundler });
  checkTypes(folder, 'page', {
    files: ['page.ts'],
    types: [],
    lib: [...lib, 'dom', 'dom.iterable', 'dom.asynciterable'],
    customConditions: ['browser'],
    ...bundler,
  });
  console.log('Programs that use it type-check: for Node, for bundlers, and for pages without the types of Node.');

  writeFileSync(
    join(folder, 'peer.js'),
    `import { createWebRuntime } from '${manifest.name}/runtime';
    const refused = await createWebRuntime().catch(({ message }) => message);
    if (!String(refused).includes('npm install onnxruntime-web')) throw new Error('Without its peer: ' + refused);`,
  );
  run(process.execPath, ['peer.js'], folder);
  console.log('Without onnxruntime-web, createWebRuntime says what to install.');

  writeSpeech(join(folder, 'speech.wav'));
  const main = join(folder, 'node_modules', manifest.name, manifest.bin.latentsync);
  const video = join(root, 'samples/presenter.mp4');
  for (const version of versions) {
    const node = nodeOf(version);
    const started = Date.now();
    run(node, ['imports.js'], folder);
    const output = join(folder, `${version}.mp4`);
    const events = run(node, [main, 'sync', video, 'speech.wav', '-o', output, '--steps', '2', '--json'], folder);
    const { frames, framesWithFace } = JSON.parse(events.trim().split('\n').at(-1));
    if (!existsSync(output) || frames !== SPEECH_SECONDS * FRAME_RATE || framesWithFace !== frames) {
      throw new Error(`On Node ${version}, sync ended with:\n${events}`);
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(
      `Node ${run(node, ['--version'], folder).trim()}: entry points imported, ${frames} frames lip-synced, ${seconds} s.`,
    );
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
