// Files of which nothing can be used: whatever is wrong with them, one error that names them, with the code that fits.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../util/errors.ts';
import { openAudio, openVideo } from './input-file-node.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url));
const speech = '../../../samples/speech.wav';

/** Opens a track and reads all of it. */
async function readAll(kind: 'video' | 'audio', file: File): Promise<void> {
  await using track = await (kind === 'video' ? openVideo(file) : openAudio(file));
  const pieces = 'frames' in track ? track.frames() : track.chunks();
  for await (const piece of pieces) expect(piece).toBeDefined();
}

async function expectRefusal(kind: 'video' | 'audio', file: File, code: ErrorCode): Promise<void> {
  await expect(readAll(kind, file)).rejects.toMatchObject({
    name: 'LatentSyncError',
    code,
    message: expect.stringMatching(new RegExp(`^${file.name} .*\\.\\n.+\\.$`)) as string, // what is wrong, and what to do
  });
}

/** Bytes without any order, the same ones each time. */
function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16);
}

describe('a file without any format', () => {
  it.each([
    ['no byte', 'video', 'none.mp4', new Uint8Array(0)],
    ['one byte', 'video', 'one.ts', new Uint8Array(1)],
    ['one byte', 'audio', 'one.mp3', new Uint8Array(1)],
    ['random bytes', 'video', 'random.mkv', randomBytes(5000)],
    ['random bytes', 'video', 'random.jpg', randomBytes(5000)],
    ['random bytes', 'audio', 'random.wav', randomBytes(5000)],
  ] as const)('is unreadable: %s, as %s, called %s', async (_, kind, name, bytes) => {
    await expectRefusal(kind, new File([bytes], name), 'media-unreadable');
  });
});

describe('the first bytes of a file', () => {
  it.each<[name: string, length: number, code: ErrorCode]>([
    ['almost-square-pixels.mp4', 700, 'media-unreadable'],
    ['recording-cut-off.mkv', 700, 'media-unreadable'],
    ['damaged.m2t', 48, 'media-unreadable'],
    ['motion-jpeg.avi', 700, 'media-unreadable'],
    ['theora.ogv', 700, 'media-unreadable'],
    ['sound-and-picture.wmv', 700, 'media-unreadable'],
    ['h264.flv', 700, 'video-undecodable'],
    ['animated.gif', 48, 'video-undecodable'],
    ['still.jpg', 48, 'video-undecodable'],
  ])('are no video: %s, %d', async (name, length, code) => {
    const bytes = await readFile(fixture(name));
    await expectRefusal('video', new File([bytes.subarray(0, length)], name), code);
  });

  it.each<[name: string, length: number, code: ErrorCode]>([
    [speech, 20, 'media-unreadable'],
    [speech, 44, 'audio-empty'],
    ['voice-opus.ogg', 700, 'media-unreadable'],
    ['flac-192k.flac', 700, 'media-unreadable'],
    ['alac.m4a', 700, 'media-unreadable'],
    ['damaged.mp3', 48, 'media-unreadable'],
    ['sound.aiff', 48, 'audio-undecodable'],
    ['sound.wma', 700, 'audio-undecodable'],
    ['sound.ac3', 48, 'audio-undecodable'],
  ])('are no sound: %s, %d', async (name, length, code) => {
    const bytes = await readFile(fixture(name));
    await expectRefusal('audio', new File([bytes.subarray(0, length)], name.split('/').at(-1)!), code);
  });
});

describe('a file whose header is whole', () => {
  it('has sound of which nothing can be decoded', async () => {
    const bytes = await readFile(fixture('alac.m4a'));
    const start = bytes.indexOf('mdat') + 4;
    bytes.fill(0xff, start, bytes.indexOf('moov', start) - 4);
    await expectRefusal('audio', new File([bytes], 'alac.m4a'), 'audio-undecodable');
  });

  it('has pictures of which none can be decoded', async () => {
    await expectRefusal(
      'video',
      new File([await readFile(fixture('damaged-header.mp4'))], 'damaged-header.mp4'),
      'video-undecodable',
    );
  });
});
