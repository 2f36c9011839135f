// The process that writes media dies, gets stuck, grows, or is left alone; the disk fails: the caller gets an error, nothing stays.
import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../../test/support/is-alive.ts';
import { FFmpegOutput, writingLimits } from './ffmpeg-output-node.ts';
import { asOutputError } from './output-file-node.ts';
import { pictureTrackOf } from './video-writer.ts';
import type { ProcessLimits } from './watched-process-node.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-output-'));
  path = join(folder, 'out.mp4');
  await writeFile(path, '');
});

afterAll(() => rm(folder, { recursive: true }));

const picture = pictureTrackOf({ width: 64, height: 48, frameRate: 25 }, 'mp4');

function newOutput(limits: Partial<ProcessLimits> = {}, file = path): FFmpegOutput {
  return new FFmpegOutput(
    file,
    'out.mp4',
    { container: 'mp4', picture, sound: undefined },
    {
      limits: { ...writingLimits(picture), ...limits },
    },
  );
}

async function addPictures(output: FFmpegOutput, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index++) {
    await output.addPicture((i420) => i420.fill((index * 7) % 256), index / 25, 1 / 25);
  }
}

/** Returns why writing pictures failed, when nothing of it is left. `disturb` is done once the process has taken some. */
async function failure(output: FFmpegOutput, disturb?: NodeJS.Signals): Promise<unknown> {
  try {
    await addPictures(output, 0, 300); // more than may be on their way
    if (disturb) process.kill(output.processId!, disturb);
    await addPictures(output, 300, 10_000);
    await output.finish();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await output[Symbol.asyncDispose]();
    expect(isAlive(output.processId!)).toBe(false);
  }
}

describe('the process that writes a file', () => {
  it('is gone when the file is complete', async () => {
    const output = newOutput();
    await addPictures(output, 0, 5);
    const id = output.processId!;
    expect(isAlive(id)).toBe(true);
    await output.finish();
    expect(isAlive(id)).toBe(false);
  });

  it('writes the same bytes each time', async () => {
    const files: Buffer[] = [];
    for (let time = 0; time < 2; time++) {
      const sound = { type: 'encoded', codec: 'aac', sampleRate: 8000, numberOfChannels: 1, name: 'sound' } as const;
      const output = new FFmpegOutput(path, 'out.mp4', { container: 'mp4', picture, sound });
      await output.addSound([Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i / 9) / 2)]);
      await addPictures(output, 0, 10);
      await output.finish();
      files.push(await readFile(path));
    }
    expect(files[1].equals(files[0])).toBe(true);
  });

  it('is gone as soon as writing is given up', async () => {
    const output = newOutput();
    await addPictures(output, 0, 3);
    const id = output.processId!;
    const pending = addPictures(output, 3, 10_000);
    await Promise.all([
      expect(pending).rejects.toMatchObject({ code: 'aborted', message: 'Writing out.mp4 was canceled.' }),
      output[Symbol.asyncDispose](),
    ]);
    expect(isAlive(id)).toBe(false);
  });

  it.each(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)('may end with %s', async (signal) => {
    expect(await failure(newOutput(), signal)).toMatchObject({
      code: 'media-crashed',
      message: expect.stringMatching(
        new RegExp(
          `^out\\.mp4 cannot be written: the process that writes it ended after \\d+\\.\\d\\d seconds of video \\(${signal}\\)\\.`,
        ),
      ) as string,
    });
  });

  it.skipIf(process.platform === 'win32')('may get stuck, and is ended then', async () => {
    expect(await failure(newOutput({ stallSeconds: 2 }), 'SIGSTOP')).toMatchObject({
      code: 'media-stalled',
      message: expect.stringMatching(
        /^out\.mp4 cannot be written: the process that writes it got stuck after /,
      ) as string,
    });
  });

  it.skipIf(process.platform !== 'linux')('is ended when it takes too much memory', async () => {
    expect(await failure(newOutput({ memoryBytes: 1e6 }))).toMatchObject({
      code: 'media-crashed',
      message: expect.stringContaining('GB of memory') as string,
    });
  });

  it.skipIf(process.platform !== 'linux')('says so when the disk is full', async () => {
    const error = await failure(newOutput({}, '/dev/full'));
    expect(error).toMatchObject({ code: 'ENOSPC' });
    expect(asOutputError(error, 'out.mp4')).toMatchObject({ code: 'insufficient-disk' });
  });

  it('says so when the folder is gone', async () => {
    const error = await failure(newOutput({}, join(folder, 'gone', 'out.mp4')));
    expect(asOutputError(error, 'gone/out.mp4')).toMatchObject({
      code: 'output-not-writable',
      message: expect.stringContaining('its folder does not exist') as string,
    });
  });

  it('ends with the program that started it', async () => {
    const child = new URL('../../test/support/writing-child.ts', import.meta.url);
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
