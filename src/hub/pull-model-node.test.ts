import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { HubServer, answerStatus, corrupt, sha256Of } from '../../test/support/hub-server.ts';
import type { Progress } from '../util/progress.ts';
import { withLock } from './lock-node.ts';
import type { DownloadableModel, ModelFile } from './model-registry.ts';
import { findDownload, knownModels, taesd } from './model-registry.ts';
import { listModels } from './model-state-node.ts';
import { officialConfig } from './official-configs.ts';
import { pullModel } from './pull-model-node.ts';
import type { PullOptions } from './pull-model-node.ts';

const contents = new Map([
  ['sd-vae-ft-mse/config.json', Buffer.from('{"_class_name": "AutoencoderKL"}')],
  ['whisper/tiny.pt', randomBytes(40_000)],
  ['latentsync_unet.pt', randomBytes(900_000)],
  ['auxiliary/syncnet_v2.model', randomBytes(5000)],
]);

const files: readonly ModelFile[] = Array.from(contents, ([path, content]) => ({
  path,
  repository: 'owner/name',
  revision: 'main',
  source: path,
  size: content.length,
  sha256: sha256Of(content),
  part: path.startsWith('auxiliary/') ? 'evaluation' : 'inference',
}));

const model: DownloadableModel = {
  kind: 'downloadable',
  name: 'small',
  description: 'files of this test',
  resolution: 256,
  config: officialConfig(256),
  files,
};

const inferenceBytes = 40_000 + 900_000 + 32;
const urlOf = (path: string): string => `/owner/name/resolve/main/${path}`;

let server: HubServer;
let cache: string;

beforeEach(async () => {
  server = await HubServer.start(Object.fromEntries(Array.from(contents, ([path, bytes]) => [urlOf(path), bytes])));
  cache = join(await mkdtemp(join(tmpdir(), 'hub-')), 'latentsync home');
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(dirname(cache), { recursive: true });
});

function pull(
  options: PullOptions = {},
  definition: Parameters<typeof pullModel>[0] = model,
): Promise<string | undefined> {
  return pullModel(definition, {
    cache,
    environment: { HF_ENDPOINT: server.endpoint },
    retry: { delaySeconds: 0.01, attempts: 3, stallSeconds: 5 },
    ...options,
  });
}

const inCache = (path: string): string => join(cache, 'models/small', path);

async function expectPulled(): Promise<void> {
  for (const { path, part } of files) {
    if (part === 'inference') expect((await readFile(inCache(path))).equals(contents.get(path)!)).toBe(true);
  }
  const folder = await readdir(inCache('.'), { recursive: true });
  expect(folder.filter((path) => /part|tmp/.test(path))).toEqual([]);
}

test('a model is pulled into the layout of the official downloads, with its configuration', async () => {
  expect(await pull()).toBe(join(cache, 'models/small'));
  await expectPulled();
  expect(parse(await readFile(inCache('config.yaml'), 'utf8'))).toEqual(officialConfig(256));
  expect(JSON.parse(await readFile(inCache('scheduler_config.json'), 'utf8'))).toMatchObject({ beta_start: 0.00085 });
  await expect(stat(inCache('auxiliary'))).rejects.toThrow();
});

test('the parts for evaluation come when asked for, and nothing twice', async () => {
  await pull();
  await pull({ parts: ['inference', 'evaluation'] });
  expect((await readFile(inCache('auxiliary/syncnet_v2.model'))).length).toBe(5000);
  expect(server.downloads).toHaveLength(4);
});

test('a part alone comes by its name, and one that a model lacks is refused', async () => {
  await pull({ parts: 'evaluation' });
  expect(server.downloads.map(({ url }) => url)).toEqual([expect.stringContaining('auxiliary/syncnet_v2.model')]);
  await expect(pull({ parts: ['evaluation', 'syncnet'] })).rejects.toThrow(
    'options.parts must be parts that small has (got "syncnet")',
  );
});

test('progress counts the bytes of all files', async () => {
  const reports: Progress[] = [];
  await pull({ onProgress: (progress) => reports.push(progress) });
  const downloads = reports.filter(({ stage }) => stage === 'download');
  expect(downloads[0]).toMatchObject({ done: 0, total: inferenceBytes });
  expect(downloads.at(-1)).toMatchObject({ done: inferenceBytes, total: inferenceBytes });
});

test('pulling again verifies what is there and replaces a damaged file', async () => {
  await pull();
  const requests = server.seen.length;
  await pull();
  expect(server.seen).toHaveLength(requests);
  await writeFile(inCache('whisper/tiny.pt'), randomBytes(40_000));
  await pull();
  await expectPulled();
  expect(server.downloads.at(-1)?.url).toContain('whisper/tiny.pt');
});

test('files put there by hand are accepted without a connection', async () => {
  for (const [path, content] of contents) {
    await mkdir(dirname(inCache(path)), { recursive: true });
    await writeFile(inCache(path), content);
  }
  await pull();
  await expectPulled();
  expect(server.seen).toEqual([]);
});

test('a place in the cache that cannot be written to is named with the remedy', async () => {
  await mkdir(inCache('latentsync_unet.pt.part'), { recursive: true });
  const failure = pull();
  await expect(failure).rejects.toMatchObject({ code: 'output-not-writable' });
  await expect(failure).rejects.toThrow(
    /latentsync_unet\.pt\.part cannot be written: it is a folder\.\nMake the cache directory .*latentsync home and/,
  );
});

test('without a connection every missing file is named with its source and its place', async () => {
  await mkdir(inCache('whisper'), { recursive: true });
  await writeFile(inCache('whisper/tiny.pt'), contents.get('whisper/tiny.pt')!);
  const { endpoint } = server;
  await server[Symbol.asyncDispose](); // nothing listens there any more
  const failure = pull({ environment: { HF_ENDPOINT: endpoint } });
  await expect(failure).rejects.toMatchObject({ code: 'download-failed' });
  const { message } = (await failure.catch((error: unknown) => error)) as Error;
  for (const path of ['latentsync_unet.pt', 'sd-vae-ft-mse/config.json']) {
    expect(message).toContain(`${endpoint}/owner/name/resolve/main/${path}`);
    expect(message).toContain(`→ ${inCache(path)}`);
  }
  expect(message).not.toContain('whisper');
  expect(message).toContain('ECONNREFUSED');
  expect(message).toContain('HF_ENDPOINT');
  expect(message).not.toContain('kept');
});

test('a server that breaks down midway is named, with what is kept', async () => {
  server.faults.push(answerStatus(404), answerStatus(404));
  await expect(pull()).rejects.toThrow(/config\.json \(redirected to [\d.:]+\) answered HTTP 404/);
  await mkdir(inCache('.'), { recursive: true });
  const unet = contents.get('latentsync_unet.pt')!;
  await writeFile(inCache('latentsync_unet.pt.part'), unet.subarray(0, 5000));
  await writeFile(
    inCache('latentsync_unet.pt.part.json'),
    JSON.stringify({ sha256: sha256Of(unet), size: unet.length }),
  );
  await expect(pull()).rejects.toThrow("pullModel('small') resumes where this attempt stopped: 5 kB is kept.");
  await pull();
  await expectPulled();
  expect(server.downloads.at(-1)?.range).toBe('bytes=5000-');
});

test('a file that is gone from the hub is named', async () => {
  server.files.delete(urlOf('whisper/tiny.pt'));
  await expect(pull()).rejects.toThrow(/tiny\.pt answered HTTP 404: there is no such file/);
});

test('another content on the hub than the registry knows is refused before a byte of it is fetched', async () => {
  server.files.set(urlOf('latentsync_unet.pt'), randomBytes(900_000));
  await expect(pull()).rejects.toThrow(/not the 900000 bytes with sha256 \w{64} that belong to this model/);
  expect(server.downloads).toHaveLength(0);
});

test('a mirror that declares nothing is verified all the same', async () => {
  server.declares = false;
  server.faults.push(corrupt);
  await expect(pull()).rejects.toThrow(/config\.json has the wrong content/);
  await pull();
  await expectPulled();
});

test('a disk that is too small is noticed before the download', async () => {
  server.hubFault = answerStatus(405);
  const [first, ...rest] = files;
  const huge = { ...model, files: [{ ...first, size: 1e18, sha256: undefined }, ...rest] };
  await expect(pull({}, huge)).rejects.toMatchObject({ code: 'insufficient-disk' });
  await expect(pull({}, huge)).rejects.toThrow(/Model small needs .* TB of disk space in .*LATENTSYNC_HOME/s);
  expect(server.downloads).toHaveLength(0);
});

test('the token of HF_TOKEN goes to the mirror, a stored one does not', async () => {
  const tokenFile = join(dirname(cache), 'token');
  await writeFile(tokenFile, 'stored\n');
  await pull({ environment: { HF_ENDPOINT: `${server.endpoint}/`, HF_TOKEN_PATH: tokenFile } });
  expect(server.seen.map(({ authorization }) => authorization)).not.toContain('Bearer stored');
  await rm(inCache('whisper'), { recursive: true });
  await pull({ environment: { HF_ENDPOINT: server.endpoint, HF_TOKEN: ' given ', HF_TOKEN_PATH: tokenFile } });
  expect(server.seen.at(-2)).toMatchObject({ server: 'hub', authorization: 'Bearer given' });
  expect(server.seen.at(-1)).toMatchObject({ server: 'storage', authorization: undefined });
});

test('a token that cannot be sent is refused without being shown', async () => {
  const failure = pull({ environment: { HF_ENDPOINT: server.endpoint, HF_TOKEN: 'hf_secret\nsecret' } });
  await expect(failure).rejects.toMatchObject({ code: 'input-invalid' });
  await expect(failure).rejects.toThrow(/^The access token in HF_TOKEN must be a single word(?![^]*secret)/);
  expect(server.seen).toEqual([]);
});

test('a wrong HF_ENDPOINT is refused', async () => {
  await expect(pull({ environment: { HF_ENDPOINT: 'mirror.example' } })).rejects.toThrow(/HF_ENDPOINT must be an http/);
});

test('a canceled pull ends at once, keeps its part and lets go of the lock', async () => {
  const controller = new AbortController();
  server.pieceDelay = 30;
  const onProgress = ({ done }: Progress): void => {
    if (done > 300_000) controller.abort();
  };
  await expect(pull({ signal: controller.signal, onProgress })).rejects.toMatchObject({ code: 'aborted' });
  expect((await stat(inCache('latentsync_unet.pt.part'))).size).toBeGreaterThanOrEqual(300_000 - 40_032);
  server.pieceDelay = 0;
  await pull({ lock: { timeoutSeconds: 0 } });
  await expectPulled();
});

test('a second pull waits for the lock, and gives up after its timeout', async () => {
  const held = withLock(join(cache, 'locks/model-small.lock'), 'test', {}, async () => {
    const waits: Progress[] = [];
    const onProgress = (progress: Progress): void => void waits.push(progress);
    await expect(pull({ lock: { timeoutSeconds: 0.4 }, onProgress })).rejects.toMatchObject({ code: 'locked' });
    expect(waits.map(({ stage }) => stage)).toContain('wait');
  });
  await held;
  await pull({ lock: { timeoutSeconds: 0 } });
});

const child = fileURLToPath(new URL('../../test/support/pull-child.ts', import.meta.url));

async function startPull(): Promise<{ process: ChildProcess; lines: AsyncIterable<string> }> {
  const definition = join(dirname(cache), 'small.json');
  await writeFile(definition, JSON.stringify(model));
  const started = spawn(process.execPath, ['--import', 'tsx', child, definition, cache], {
    env: { ...process.env, HF_ENDPOINT: server.endpoint },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { process: started, lines: createInterface({ input: started.stdout }) };
}

async function lastLine(lines: AsyncIterable<string>): Promise<string> {
  let last = '';
  for await (const line of lines) last = line;
  return last;
}

test('after a kill the next pull takes over the abandoned lock and resumes where the killed one stopped', async () => {
  server.pieceDelay = 50;
  const killed = await startPull();
  for await (const line of killed.lines) {
    if (!line.startsWith('download') || Number(line.split(' ')[1]) < 300_000) continue;
    killed.process.kill('SIGKILL');
    break;
  }
  await once(killed.process, 'exit');
  const received = (await stat(inCache('latentsync_unet.pt.part'))).size;
  expect(received).toBeGreaterThan(200_000);
  server.pieceDelay = 0;
  await pull({ lock: { staleSeconds: 2 } });
  await expectPulled();
  expect(server.downloads.at(-1)?.range).toBe(`bytes=${received}-`);
});

test('two processes that pull at once fetch each file once', async () => {
  server.pieceDelay = 20;
  const pulls = await Promise.all([startPull(), startPull()]);
  expect(await Promise.all(pulls.map(({ lines }) => lastLine(lines)))).toEqual(['finished', 'finished']);
  await expectPulled();
  expect(server.downloads).toHaveLength(3);
});

test('the state of every known model is listed', async () => {
  expect(await listModels({ cache })).toMatchObject([
    { model: { name: 'tiny' }, state: 'embedded' },
    { model: { name: '1.5' }, state: 'absent', bytes: 0, totalBytes: 5_482_564_090 },
    { model: { name: '1.6' }, state: 'absent', bytes: 0, totalBytes: 5_482_438_394 },
    { model: { name: 'taesd' }, state: 'absent', bytes: 0, totalBytes: 9_793_292 },
  ]);
  const folder = join(cache, 'models/1.6');
  await mkdir(join(folder, 'whisper'), { recursive: true });
  await writeFile(join(folder, 'latentsync_unet.pt.part'), randomBytes(1234));
  await writeFile(join(folder, 'whisper/tiny.pt'), 'too short');
  const [, , state] = await listModels({ cache });
  expect(state).toMatchObject({ state: 'partial', bytes: 1234, directory: folder });
  expect(state.files.map((file) => file.state)).toEqual([
    'absent',
    'wrong',
    'absent',
    'partial',
    'absent',
    'absent',
    'absent',
    'absent',
    'absent',
  ]);
});

test('the embedded model needs no download', async () => {
  expect(await pullModel('tiny', { cache })).toBeUndefined();
  await expect(pullModel('1.7', { cache })).rejects.toMatchObject({ code: 'model-unknown' });
});

test('the autoencoder is downloaded without a configuration', async () => {
  const autoencoder = { kind: 'autoencoder', name: 'tae', description: 'one file', files: [files[1]] } as const;
  const directory = await pull({}, autoencoder);
  expect(await readdir(directory!, { recursive: true })).toEqual(['whisper', 'whisper/tiny.pt']);
});

test('every registered file has a place, a length and a sha256', () => {
  for (const known of [...knownModels, taesd]) {
    if (known.kind === 'embedded') continue;
    expect(findDownload(known.name)).toBe(known);
    for (const { path, size, sha256 } of known.files) {
      expect(path).not.toMatch(/^\/|\.\./);
      expect(size).toBeGreaterThan(500);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  }
});
