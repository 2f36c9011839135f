import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeCorners } from '../../test/fixtures/media/make-media.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { connectedSockets } from './connected-sockets-node.ts';
import { openVideo } from './input-file-node.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create('sockets-');
  vi.stubEnv('TMPDIR', folder.path);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

test.skipIf(process.platform === 'win32')('what a process sends arrives in the memory given, in order', async () => {
  const buffer = Buffer.alloc(1000);
  let sum = 0;
  let length = 0;
  const callback = (count: number): true => {
    for (const value of buffer.subarray(0, count)) sum += value * (1 + (length++ % 7));
    return true;
  };
  const { ours, theirs } = (await connectedSockets({ buffer, callback }))!;
  expect(await readdir(folder.path)).toEqual([]); // nothing is left of how they were connected
  const program = `require('fs').writeSync(3, Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251)))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'inherit', theirs] });
  theirs.destroy();
  await Promise.all([once(child, 'exit'), once(ours, 'close')]);
  const expected = Array.from({ length: 5000 }, (_, i) => (i % 251) * (1 + (i % 7)));
  expect([length, sum]).toEqual([5000, expected.reduce((total, value) => total + value)]);
});

test('videos are read where there is no folder for such sockets, too', async () => {
  const path = join(folder.path, 'corners.mp4');
  await writeCorners(path, { frames: 3 });
  for (const place of [join(folder.path, 'absent'), join(folder.path, 'x'.repeat(120))]) {
    vi.stubEnv('TMPDIR', place);
    expect(await connectedSockets({ buffer: Buffer.alloc(10), callback: () => true })).toBeUndefined();
    await using video = await openVideo(path);
    let count = 0;
    for await (const { data } of video.frames()) count += data.length / (64 * 48 * 4);
    expect(count).toBe(3);
  }
});
