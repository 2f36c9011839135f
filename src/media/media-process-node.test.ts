// The process that reads media dies, gets stuck, grows, or is left alone: the caller gets an error, and no process stays.
import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCorners } from '../../test/fixtures/media/make-media.ts';
import { isAlive } from '../../test/support/is-alive.ts';
import { openFFmpegVideo } from './ffmpeg-readers-node.ts';
import { openVideo } from './input-file-node.ts';
import { defaultLimits, MediaProcess, type MediaLimits } from './media-process-node.ts';
import type { VideoFrameData } from './video-reader.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-process-'));
  path = join(folder, 'clip.mp4');
  await writeCorners(path, { frames: 40 });
});

afterAll(() => rm(folder, { recursive: true }));

function newProcess(limits: Partial<MediaLimits> = {}): MediaProcess {
  return new MediaProcess('clip.mp4', { path, extension: '.mp4' }, { ...defaultLimits, ...limits });
}

/** Reads a video, and does something to its process at the third frame. */
async function readAndDisturb(host: MediaProcess, signal: NodeJS.Signals): Promise<void> {
  await using video = await openFFmpegVideo(host, { name: 'clip.mp4' });
  for await (const { index } of video.frames()) if (index === 2) process.kill(host.processId!, signal);
}

describe('the process that reads a file', () => {
  it('is gone when the reader is', async () => {
    const host = newProcess();
    const video = await openFFmpegVideo(host, { name: 'clip.mp4' });
    const id = host.processId!;
    expect(isAlive(id)).toBe(true);
    await video[Symbol.asyncDispose]();
    expect(isAlive(id)).toBe(false);
    const frames = video.frames()[Symbol.asyncIterator]();
    await expect(frames.next()).rejects.toMatchObject({ message: 'clip.mp4 was closed.' });
  });

  it.each(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)('may end with %s', async (signal) => {
    const host = newProcess();
    await expect(readAndDisturb(host, signal)).rejects.toMatchObject({
      code: 'media-crashed',
      message: expect.stringMatching(
        new RegExp(`^clip\\.mp4 ended the process that reads it after 0\\.\\d\\d seconds \\(${signal}\\)\\.`),
      ) as string,
    });
    expect(isAlive(host.processId!)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('may get stuck, and is ended then', async () => {
    const host = newProcess({ stallSeconds: 2 });
    await expect(readAndDisturb(host, 'SIGSTOP')).rejects.toMatchObject({
      code: 'media-stalled',
      message: expect.stringMatching(/^clip\.mp4 cannot be read on after 0\.\d\d seconds: for 2 seconds/) as string,
    });
    expect(isAlive(host.processId!)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('is not taken for stuck while nobody waits for it', async () => {
    const host = newProcess({ stallSeconds: 2 });
    await using video = await openFFmpegVideo(host, { name: 'clip.mp4' });
    const seen: VideoFrameData[] = [];
    for await (const frame of video.frames()) {
      seen.push(frame);
      if (frame.index === 1) await new Promise((resolve) => setTimeout(resolve, 2500));
    }
    expect(seen).toHaveLength(40);
  });

  it.skipIf(process.platform !== 'linux')('is ended when it takes too much memory', async () => {
    const host = newProcess({ memoryBytes: 1e6 });
    const work = async (): Promise<void> => {
      await using video = await openFFmpegVideo(host, { name: 'clip.mp4' });
      await new Promise((resolve) => setTimeout(resolve, 2000));
      for await (const frame of video.frames()) video.recycle(frame);
    };
    await expect(work()).rejects.toMatchObject({
      code: 'media-crashed',
      message: expect.stringContaining('GB of memory') as string,
    });
  });

  it('refuses pictures of more pixels than allowed', async () => {
    const host = newProcess({ pixels: 64 * 48 - 1 });
    await expect(openFFmpegVideo(host, { name: 'clip.mp4' })).rejects.toMatchObject({
      code: 'media-unreadable',
      message: expect.stringContaining('has frames of 64×48 pixels') as string,
    });
    await host.close();
  });

  it('refuses pictures with a side that no encoder takes', async () => {
    const gif = await readFile(new URL('../../test/fixtures/media/animated.gif', import.meta.url));
    gif.writeUInt16LE(16385, 6); // the width of the screen
    await expect(openVideo(new File([gif], 'wide.gif'))).rejects.toMatchObject({
      code: 'media-unreadable',
      message: expect.stringMatching(/wide\.gif has frames of 16385×\d+ pixels, more than can be read/) as string,
    });
  });

  it('ends with the program that started it', async () => {
    const child = new URL('../../test/support/media-child.ts', import.meta.url);
    const program = fork(child, [path], { execArgv: ['--import', import.meta.resolve('tsx')] });
    const id = await new Promise<number>((resolve) =>
      program.once('message', (message) => {
        resolve(Number(message));
      }),
    );
    expect(isAlive(id)).toBe(true);
    program.kill('SIGKILL');
    await expect.poll(() => isAlive(id), { timeout: 5000 }).toBe(false);
  });
});
