// Media behind http: URLs, from a server on this machine: whole, in parts, missing, refused.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCorners } from '../../test/fixtures/media/make-media.ts';
import { rangeServer } from '../../test/support/range-server.ts';
import { openAudio, openVideo } from './input-file-node.ts';
import { displayUrl } from './remote-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-remote-'));
  await writeCorners(join(folder, 'corners.mp4'), { frames: 5 });
});
afterAll(() => rm(folder, { recursive: true }));

describe('a video behind a URL', () => {
  it('is read in parts', async () => {
    await using server = await rangeServer(folder);
    await using video = await openVideo(new URL('corners.mp4', server.url));
    let frames = 0;
    for await (const { width, height } of video.frames()) {
      expect([width, height]).toEqual([video.info.width, video.info.height]);
      frames++;
    }
    expect(frames).toBe(5);
    expect(video.name).toBe(`${server.url}corners.mp4`);
    expect(server.ranges.every((range) => range?.startsWith('bytes='))).toBe(true);
  });

  it.each([
    [
      { status: 403 },
      'corners.mp4',
      'download-failed',
      /corners\.mp4 cannot be read: the server answered with status 403\./,
    ],
    [{ status: 503 }, 'corners.mp4', 'download-failed', /answered with status 503/],
    [
      { ranges: false },
      'corners.mp4',
      'download-failed',
      /does not support range requests\.\nDownload the file first\./,
    ],
    [{}, 'none.mp4', 'file-not-found', /none\.mp4 does not exist on its server \(status 404\)/],
  ] as const)('that the server answers with %j is refused (%s)', async (options, name, code, message) => {
    await using server = await rangeServer(folder, options);
    const url = new URL(`${name}?token=secret`, server.url);
    const refused = await openAudio(url).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(String(refused)).not.toContain('secret');
  });

  it('on a server that is not there is refused with the reason', async () => {
    const server = await rangeServer(folder);
    await server[Symbol.asyncDispose]();
    await expect(openVideo(new URL('corners.mp4', server.url))).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/) as string,
    });
  });

  it('is asked for with the name and password in it, which no error shows', async () => {
    await using server = await rangeServer(folder);
    const url = new URL('corners.mp4', server.url);
    [url.username, url.password] = ['me', 'secret%3A'];
    await using video = await openVideo(url);
    expect(video.info.frameCount).toBe(5);
    expect(server.authorizations.every((value) => value === `Basic ${btoa('me:secret:')}`)).toBe(true);
    url.pathname = '/none.mp4';
    expect(String(await openVideo(url).catch((error: unknown) => error))).not.toContain('secret');
  });

  it('of another protocol is refused by the name of the option', async () => {
    await expect(openVideo(new URL('ftp://example.com/a.mp4'))).rejects.toThrow(
      'options.video must be a URL of http: or https:, or in Node of file: (got "ftp:")',
    );
    await expect(openAudio(new URL('file://elsewhere/a.wav'))).rejects.toThrow(
      'options.audio must name a file of this machine (got "file://elsewhere/a.wav")',
    );
  });

  it('is named without its secrets', () => {
    expect(displayUrl(new URL('https://user:password@example.com/a%20b.mp4?key=1#t'))).toBe(
      'https://example.com/a%20b.mp4',
    );
  });
});

describe('bytes and blobs', () => {
  it('without content are refused', async () => {
    await expect(openAudio(new Uint8Array())).rejects.toThrow('the audio is empty');
    await expect(openVideo(new File([], 'a.mp4'))).rejects.toThrow('a.mp4 is empty');
  });

  it('that are no media are refused', async () => {
    await expect(openVideo(new TextEncoder().encode('not a video'))).rejects.toMatchObject({
      code: 'media-unreadable',
    });
  });
});
