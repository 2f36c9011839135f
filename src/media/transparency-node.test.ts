// Transparent pictures in Node: a warning where transparency is lost, and none where a format could hold it but all pixels are opaque.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cornersPicture } from '../../test/fixtures/media/make-media.ts';
import { type CodedPictures, writeCoded } from '../../test/support/coded-media.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { openVideo } from './input-file-node.ts';
import type { MediaWarning } from './media-warning.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create('transparency-');
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A picture with one corner that is half transparent, or with none. */
function picture(isOpaque: boolean): CodedPictures['pictures'][number] {
  const rgba = cornersPicture(64, 48);
  if (!isOpaque) for (let y = 0; y < 24; y++) for (let x = 0; x < 32; x++) rgba[4 * (64 * y + x) + 3] = 128;
  return rgba;
}

/** Returns the warnings of a video when it is open, and when it has been read twice. */
async function warningsOf(path: string): Promise<[opened: MediaWarning[], read: MediaWarning[]]> {
  const warnings: MediaWarning[] = [];
  await using video = await openVideo(path, { onWarning: (warning) => warnings.push(warning) });
  const opened = [...warnings];
  for (let reading = 0; reading < 2; reading++) {
    for await (const frame of video.frames()) {
      expect(frame.data[3]).toBe(255);
      video.recycle(frame);
    }
  }
  return [opened, warnings];
}

describe.each([
  ['qtrle', 'mov', 'argb'],
  ['png', 'mov', 'rgba'],
  ['prores_ks', 'mov', 'yuva444p10le'],
])('%s in %s, as %s', (encoder, format, pixels) => {
  it('tells of transparency when pixels have it, once', async () => {
    const path = join(folder.path, `transparent-${encoder}.${format}`);
    await writeCoded(path, { format, video: [video(encoder, pixels, false)] });
    const message = `${path}: its transparency is lost: the frames are opaque.`;
    expect(await warningsOf(path)).toEqual([[], [{ kind: 'transparency-lost', file: path, message }]]);
  });

  it('is silent where all pixels are opaque', async () => {
    const path = join(folder.path, `opaque-${encoder}.${format}`);
    await writeCoded(path, { format, video: [video(encoder, pixels, true)] });
    expect(await warningsOf(path)).toEqual([[], []]);
  });
});

function video(encoder: string, pixels: string, isOpaque: boolean): CodedPictures {
  return { encoder, pixels, width: 64, height: 48, pictures: [picture(isOpaque), picture(isOpaque)] };
}

it('tells of transparency beside 4:2:0 when frames without it are read', async () => {
  const path = join(folder.path, 'alpha.mkv');
  await writeCoded(path, { format: 'matroska', video: [video('ffv1', 'yuva420p', false)] });
  const [opened, read] = await warningsOf(path);
  expect(opened).toEqual([]);
  expect(read).toMatchObject([{ kind: 'transparency-lost' }]);
});

it('does not take the pictures of an everyday GIF for transparent', async () => {
  const path = fileURLToPath(new URL('../../test/fixtures/media/animated.gif', import.meta.url));
  expect(await warningsOf(path)).toEqual([[], []]);
});
