// Which of several streams both makers of the media interface read: the one that ffmpeg would choose, or the one that is asked for.
import { describe, expect, test } from 'vitest';
import type { MediaMaker } from '../media-maker.ts';

/** Declares the tests. */
export function testStreams({ openVideo, openAudio, file }: MediaMaker): void {
  describe('of several streams', () => {
    test('the one with the most pixels, and the one with the most channels, is the best', async () => {
      await using video = await openVideo(await file('several.mkv'));
      expect(video.info).toMatchObject({ width: 128, height: 96, hasAudio: true });
      await using audio = await openAudio(await file('several.mkv'));
      expect(audio.info).toMatchObject({ sampleRate: 8000, numberOfChannels: 2 });
    });

    test('the one marked as the default comes before larger ones', async () => {
      await using video = await openVideo(await file('marked.mkv'));
      expect(video.info.width).toBe(64);
      await using audio = await openAudio(await file('marked.mkv'));
      expect(audio.info.numberOfChannels).toBe(1);
    });

    test('another can be chosen by its number', async () => {
      await using video = await openVideo(await file('several.mkv'), { videoStream: 1 });
      expect(video.info).toMatchObject({ width: 64, height: 48 });
      const sizes = new Set<number>();
      for await (const { data } of video.frames()) sizes.add(data.length);
      expect([...sizes]).toEqual([64 * 48 * 4]);
      await using audio = await openAudio(await file('several.mkv'), { audioStream: 0 });
      expect(audio.info).toMatchObject({ sampleRate: 16_000, numberOfChannels: 1 });
    });

    test('a number that is not one of them is refused with those that are', async () => {
      await expect(openVideo(await file('several.mkv'), { videoStream: 2 })).rejects.toMatchObject({
        name: 'OptionError',
        option: 'videoStream',
        message:
          'options.videoStream must be 1 (avc, 64×48) or 3 (avc, 128×96), the video streams of several.mkv (got 2).',
      });
      await expect(openAudio(await file('several.mkv'), { audioStream: 9 })).rejects.toMatchObject({
        option: 'audioStream',
        message:
          'options.audioStream must be 0 (pcm-s16, 16000 Hz, mono, fra) or 2 (pcm-s16, 8000 Hz, 2 channels), ' +
          'the audio streams of several.mkv (got 9).',
      });
      await expect(openVideo(await file('mute.mp4'), { videoStream: 1 })).rejects.toThrow(
        'options.videoStream must be 0 (avc, 64×48), the only video stream of mute.mp4 (got 1).',
      );
      await expect(openVideo(await file('mute.mp4'), { videoStream: -1 })).rejects.toThrow(
        'options.videoStream must be an integer from 0 to',
      );
    });

    test('a file without any of the kind is refused as always', async () => {
      await expect(openVideo(await file('click.wav'), { videoStream: 0 })).rejects.toMatchObject({
        code: 'no-video-track',
      });
      await expect(openAudio(await file('mute.mp4'), { audioStream: 0 })).rejects.toMatchObject({
        code: 'no-audio-track',
      });
    });
  });
}
