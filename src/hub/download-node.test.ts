import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  HubServer,
  announce,
  answerStatus,
  corrupt,
  hangUp,
  ignoreRange,
  sendUnannounced,
  sha256Of,
  stallAfter,
} from '../../test/support/hub-server.ts';
import type { DownloadOptions } from './download-node.ts';
import { downloadFile, inspectFile } from './download-node.ts';
import type { Retry } from './request-node.ts';

const PATH = '/owner/name/resolve/main/weights.pt';
const content = randomBytes(300_000);
const sha256 = sha256Of(content);
const retry = { delaySeconds: 0.01, attempts: 4, stallSeconds: 5 };

let server: HubServer;
let folder: string;
let destination: string;

beforeEach(async () => {
  server = await HubServer.start({ [PATH]: content });
  folder = await mkdtemp(join(tmpdir(), 'hub-'));
  destination = join(folder, 'weights.pt');
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Lengths at which the connection is to break. */
const breaks = new Set<number>();

/** Lets the connection break when the file has reached each of the lengths, and not a byte later. */
function breakAt(...lengths: number[]): void {
  for (const [index, length] of lengths.entries()) {
    server.faults.push(stallAfter(length - (lengths[index - 1] ?? 0)));
    breaks.add(length);
  }
}

function download(options: Partial<DownloadOptions> = {}): Promise<void> {
  const url = server.endpoint + PATH;
  const onBytes = (bytes: number): void => {
    if (breaks.delete(bytes)) server.dropConnections();
  };
  return downloadFile({ url, destination, size: content.length, sha256, retry, onBytes, ...options });
}

async function expectComplete(expected = content): Promise<void> {
  expect((await readFile(destination)).equals(expected)).toBe(true);
  expect(await readdir(folder)).toEqual(['weights.pt']);
}

/** Leaves the part that a download canceled after some bytes leaves. */
async function interrupt(bytes: number, options: Partial<DownloadOptions> = {}): Promise<void> {
  const controller = new AbortController();
  server.faults.push(stallAfter(bytes));
  const onBytes = (received: number): void => {
    if (received >= bytes) controller.abort();
  };
  await expect(download({ ...options, signal: controller.signal, onBytes })).rejects.toMatchObject({ code: 'aborted' });
}

function ranges(): (string | undefined)[] {
  return server.downloads.map(({ range }) => range);
}

test('a file arrives whole, with every byte reported', async () => {
  const counts: number[] = [];
  await download({ onBytes: (bytes) => counts.push(bytes) });
  await expectComplete();
  expect(counts[0]).toBe(0);
  expect(counts.at(-1)).toBe(content.length);
});

test('a dropped connection is taken up where it broke', async () => {
  breakAt(100_000, 150_000, 220_000);
  await download();
  await expectComplete();
  expect(ranges()).toEqual([undefined, 'bytes=100000-', 'bytes=150000-', 'bytes=220000-']);
  expect(server.downloads[3].ifRange).toMatch(/^"storage-/);
});

test('a server that keeps dropping connections without sending anything is given up', async () => {
  server.faults.push(...Array.from({ length: 9 }, () => hangUp));
  await expect(download()).rejects.toMatchObject({ name: 'TransferError', retryable: true });
  expect(server.downloads).toHaveLength(4);
});

test('a later download resumes where a canceled one stopped', async () => {
  await interrupt(120_000);
  expect((await readdir(folder)).sort()).toEqual(['weights.pt.part', 'weights.pt.part.json']);
  await download();
  await expectComplete();
  expect(ranges()).toEqual([undefined, 'bytes=120000-']);
});

test('a server that ignores ranges gets the file from its beginning', async () => {
  breakAt(100_000);
  server.faults.push(ignoreRange);
  await download();
  await expectComplete();
});

test('a server that sends another range than asked for is not believed', async () => {
  breakAt(100_000);
  server.faults.push((response, whole) => {
    response.writeHead(206, { 'content-range': `bytes 0-${whole.length - 1}/${whole.length}` });
    response.end(whole);
  });
  await download();
  await expectComplete();
  expect(ranges()).toEqual([undefined, 'bytes=100000-', undefined]);
});

test('a part of other content is not continued', async () => {
  await interrupt(120_000);
  const other = randomBytes(content.length);
  server.files.set(PATH, other);
  await download({ sha256: sha256Of(other) });
  await expectComplete(other);
  expect(ranges()).toEqual([undefined, undefined]);
});

test('content that changes between two attempts is noticed by its entity tag', async () => {
  await interrupt(120_000, { sha256: undefined, size: undefined });
  const other = randomBytes(200_000);
  server.files.set(PATH, other);
  await download({ sha256: undefined, size: undefined });
  await expectComplete(other);
  expect(ranges()).toEqual([undefined, 'bytes=120000-']);
});

test('a damaged part is found by its sha256 and deleted', async () => {
  await interrupt(120_000);
  const part = await readFile(`${destination}.part`);
  part[7] ^= 1;
  await writeFile(`${destination}.part`, part);
  await expect(download()).rejects.toMatchObject({ code: 'download-failed' });
  await download();
  await expectComplete();
});

test('a part with a damaged note is thrown away', async () => {
  await interrupt(120_000);
  await writeFile(`${destination}.part.json`, '{"size": 300');
  await download();
  await expectComplete();
  expect(ranges()).toEqual([undefined, undefined]);
});

test('a complete part needs no further request', async () => {
  await interrupt(content.length);
  await download();
  await expectComplete();
  expect(server.downloads).toHaveLength(1);
});

test('a part longer than the file is started anew after status 416', async () => {
  await interrupt(120_000, { size: undefined });
  await writeFile(`${destination}.part`, randomBytes(400_000));
  await writeFile(`${destination}.part.json`, JSON.stringify({ sha256 }));
  await download({ size: undefined });
  await expectComplete();
  expect(ranges()).toEqual([undefined, 'bytes=400000-', undefined]);
});

test('wrong content is deleted, an existing file stays', async () => {
  await writeFile(destination, 'precious');
  server.faults.push(corrupt);
  await expect(download()).rejects.toThrow(/wrong content: its sha256 is \w{64} instead of \w{64}.*deleted/);
  expect(await readdir(folder)).toEqual(['weights.pt']);
  expect(await readFile(destination, 'utf8')).toBe('precious');
});

test.each([content.length - 1000, content.length + 1000])('an announced length of %i is refused', async (length) => {
  server.faults.push(announce(length));
  await expect(download()).rejects.toThrow(`declares ${length} bytes instead of ${content.length}`);
  expect(server.downloads).toHaveLength(1);
});

test('more bytes than there should be are refused', async () => {
  server.faults.push(sendUnannounced(randomBytes(content.length + 1)));
  await expect(download()).rejects.toThrow(`more than the expected ${content.length} bytes`);
  await download();
  await expectComplete();
});

test('an answer without length that ends early is continued', async () => {
  server.faults.push(sendUnannounced(content.subarray(0, 90_000)));
  await download();
  await expectComplete();
  expect(ranges()).toEqual([undefined, 'bytes=90000-']);
});

test('a connection that goes silent is replaced', async () => {
  server.faults.push(stallAfter(60_000));
  await download({ retry: { ...retry, stallSeconds: 0.4 } });
  await expectComplete();
  expect(ranges().slice(0, 2)).toEqual([undefined, 'bytes=60000-']);
});

test('a server that never answers is given up', async () => {
  server.hubFault = () => undefined;
  await expect(download({ retry: { ...retry, attempts: 2, stallSeconds: 0.1 } })).rejects.toThrow('no data for 0.1 s');
});

test('every wait is announced with its reason', async () => {
  server.faults.push(answerStatus(503), hangUp, stallAfter(1000), hangUp);
  const waits: Retry[] = [];
  await download({ retry: { ...retry, stallSeconds: 0.4, onRetry: (wait) => waits.push(wait) } });
  await expectComplete();
  expect(waits.map(({ failures, attempts }) => [failures, attempts])).toEqual([
    [1, 4],
    [2, 4],
    [1, 4], // some bytes came: it counts anew
    [2, 4],
  ]);
  expect(waits.map(({ seconds }) => seconds)).toEqual([0.01, 0.02, 0.01, 0.02]);
  expect(waits[0].reason).toMatch(/answered HTTP 503$/);
  expect(waits[2].reason).toBe('no data for 0.4 s');
});

test('a busy server is asked again, no sooner than it says', async () => {
  server.faults.push(answerStatus(503), answerStatus(429, { 'retry-after': '1' }));
  const startedAt = performance.now();
  await download();
  expect(performance.now() - startedAt).toBeGreaterThan(1000);
  await expectComplete();
});

test.each([
  [401, 'access denied', 'Set HF_TOKEN to a Hugging Face access token'],
  [403, 'access denied', 'Set HF_TOKEN'],
  [404, 'there is no such file', 'If HF_ENDPOINT is a mirror'],
])('status %i is final and says what to do', async (status, problem, remedy) => {
  server.hubFault = answerStatus(status);
  await expect(download()).rejects.toMatchObject({
    message: expect.stringContaining(problem) as string,
    remedy: expect.stringContaining(remedy) as string,
  });
  expect(server.seen).toHaveLength(1);
});

test('the token goes to the hub and never to where it redirects', async () => {
  server.faults.push(hangUp);
  await inspectFile(server.endpoint + PATH, { token: 'secret' });
  await download({ token: 'secret' });
  const tokens = (name: string): unknown[] =>
    server.seen.filter((request) => request.server === name).map(({ authorization }) => authorization);
  expect(new Set(tokens('hub'))).toEqual(new Set(['Bearer secret']));
  expect(new Set(tokens('storage'))).toEqual(new Set([undefined]));
  expect(tokens('storage')).toHaveLength(2);
});

test('endless redirects end', async () => {
  server.hubFault = answerStatus(302, { location: PATH });
  await expect(download()).rejects.toThrow('redirected more than 10 times');
});

test('a hub declares length and sha256 on its redirect', async () => {
  expect(await inspectFile(server.endpoint + PATH)).toEqual({ size: content.length, sha256 });
  expect(server.seen).toHaveLength(1);
});

test('a mirror without declarations tells the length only', async () => {
  server.declares = false;
  expect(await inspectFile(server.endpoint + PATH)).toEqual({ size: content.length, sha256: undefined });
  server.hubFault = answerStatus(405);
  expect(await inspectFile(server.endpoint + PATH)).toEqual({ size: undefined, sha256: undefined });
});
