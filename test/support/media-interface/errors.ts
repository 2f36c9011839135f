// How both makers of the media interface refuse what they cannot read.
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/util/errors.ts';
import type { MediaMaker } from '../media-maker.ts';

function failure(code: ErrorCode, message: string): unknown {
  return expect.objectContaining({
    name: 'LatentSyncError',
    code,
    message: expect.stringContaining(message) as string,
  });
}

/** Declares the tests. */
export function testErrors({ openVideo, openAudio, file, address }: MediaMaker): void {
  describe('a file', () => {
    test.each<[string, ErrorCode, string]>([
      ['empty.mp4', 'media-unreadable', 'empty.mp4 is empty.'],
      ['text.mp4', 'media-unreadable', 'text.mp4 is not a media file in a supported format.'],
      ['no-index.mp4', 'media-unreadable', 'no-index.mp4'],
    ])('%j is refused: %s', async (name, code, message) => {
      const input = await file(name);
      await expect(openVideo(input)).rejects.toEqual(failure(code, message));
      await expect(openAudio(input)).rejects.toEqual(failure(code, message));
    });

    test('that once was read for ever is refused', async () => {
      // FFmpeg sees no format in it, Mediabunny a format without sound.
      await expect(openAudio(await file('endless-loop.flac'))).rejects.toMatchObject({
        name: 'LatentSyncError',
        code: expect.stringMatching(/^(media-unreadable|audio-undecodable)$/) as string,
      });
    });

    test('of sound has no pictures, and one of pictures no sound', async () => {
      await expect(openVideo(await file('click.wav'))).rejects.toEqual(
        failure('no-video-track', 'click.wav has no video track.'),
      );
      await expect(openAudio(await file('mute.mp4'))).rejects.toEqual(
        failure('no-audio-track', 'mute.mp4 has no audio track.'),
      );
      await expect(openAudio(await file('nothing.wav'))).rejects.toEqual(failure('audio-empty', 'nothing.wav'));
    });

    test('without a name is called what it is used as', async () => {
      const bytes = new TextEncoder().encode('This is no video.');
      await expect(openVideo(bytes)).rejects.toEqual(failure('media-unreadable', 'the video is not a media file'));
      await expect(openAudio(new Blob([bytes]))).rejects.toEqual(
        failure('media-unreadable', 'the audio is not a media file'),
      );
    });

    test('in which nothing can be decoded is refused when it is read', async () => {
      await using video = await openVideo(await file('damaged.mp4'));
      await expect(video.frames()[Symbol.asyncIterator]().next()).rejects.toEqual(
        failure('video-undecodable', 'damaged.mp4 has no picture that can be decoded'),
      );
    });

    test.each(['no-good-sound.m4a', 'zeroed.flac'])('with sound of which nothing can be decoded: %s', async (name) => {
      await expect(openAudio(await file(name))).rejects.toEqual(
        failure('audio-undecodable', `${name} has sound of which nothing can be decoded.`),
      );
    });

    test('that does not exist at its address is missing', async () => {
      const missing = address('missing.mp4');
      await expect(openVideo(missing)).rejects.toEqual(failure('file-not-found', `${missing.href} does not exist`));
      await expect(openAudio(missing)).rejects.toEqual(failure('file-not-found', `${missing.href} does not exist`));
    });

    test('behind a protocol of another kind is no input', async () => {
      await expect(openVideo(new URL('ftp://example.com/a.mp4'))).rejects.toThrow(
        'options.video must be a URL of http:',
      );
    });
  });
}
