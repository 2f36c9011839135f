// What both makers of the media interface tell of files that they read but lose something of, and what they show instead.
import { describe, expect, test } from 'vitest';
import type { FramesOptions } from '../../../src/media/video-reader.ts';
import type { MediaWarning } from '../../../src/media/media-warning.ts';
import type { MediaMaker } from '../media-maker.ts';
import { corners } from './contents.ts';
import { readChunks } from './sound.ts';

const about = (seconds: number): number => expect.closeTo(seconds, 2) as number;

/** Which of the pictures of {@link cornersPicture} a frame shows, as far as its first pixel tells: give or take two. */
const shownPicture = (data: Uint8ClampedArray): number => (corners[0][0] - data[0]) / 2;

/** Declares the tests. */
export function testWarnings({ openVideo, openAudio, file }: MediaMaker): void {
  /** Reads all frames, once for each of the options: which pictures are shown, and the warnings. */
  async function readVideo(name: string, ...readings: FramesOptions[]) {
    const warnings: MediaWarning[] = [];
    await using video = await openVideo(await file(name), { onWarning: (warning) => warnings.push(warning) });
    const shown: number[] = [];
    for (const options of readings.length === 0 ? [{}] : readings) {
      for await (const frame of video.frames(options)) {
        shown.push(shownPicture(frame.data));
        video.recycle(frame);
      }
    }
    return { shown, warnings, frameCount: video.info.frameCount };
  }

  async function readAudio(name: string, readings = 1) {
    const warnings: MediaWarning[] = [];
    await using audio = await openAudio(await file(name), { onWarning: (warning) => warnings.push(warning) });
    const couldCopy = audio.packetConfig !== undefined;
    let samples: Float32Array = new Float32Array(0);
    for (let reading = 0; reading < readings; reading++) [samples] = await readChunks(audio);
    const { sampleRate } = audio.info;
    /** The loudest sample between two times. */
    const loudness = (from: number, to: number): number =>
      samples
        .subarray(from * sampleRate, to * sampleRate)
        .reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const canCopy = audio.packetConfig !== undefined;
    return { seconds: samples.length / sampleRate, loudness, warnings, couldCopy, canCopy };
  }

  describe('warnings', () => {
    test('say that transparency is lost', async () => {
      const { shown, warnings, frameCount } = await readVideo('alpha.webm');
      expect(shown).toHaveLength(frameCount);
      expect(warnings).toEqual([
        {
          kind: 'transparency-lost',
          file: 'alpha.webm',
          message: 'alpha.webm: its transparency is lost: the frames are opaque.',
        },
      ]);
    });

    test.each(['corners.mp4', 'corners.mkv', 'vp9.webm', 'uneven.mp4', 'whole-h264.mp4'])(
      'are absent for %s',
      async (name) => {
        const { shown, warnings, frameCount } = await readVideo(name);
        expect(shown).toHaveLength(frameCount);
        expect(warnings).toEqual([]);
      },
    );

    test.each(['click.wav', 'whole-aac.m4a', 'click-opus.ogg', 'click-vorbis.ogg', 'click.mp3', 'whole.flac'])(
      'are absent for the sound of %s',
      async (name) => {
        expect((await readAudio(name)).warnings).toEqual([]);
      },
    );

    test.each([
      [
        'lost-start.webm',
        0,
        0.4,
        '10 frames from 0.00 to 0.40 s cannot be decoded; the one after is shown.',
        0,
        10,
        10,
      ],
      [
        'lost-middle.webm',
        0.4,
        0.8,
        '10 frames from 0.40 to 0.80 s cannot be decoded; the one before is shown.',
        10,
        20,
        9,
      ],
      [
        'lost-end.webm',
        0.8,
        1.2,
        '10 frames from 0.80 to 1.20 s cannot be decoded; the one before is shown.',
        20,
        30,
        19,
      ],
    ])('tell once which frames cannot be decoded: %s', async (name, from, to, text, first, end, instead) => {
      const { shown, warnings, frameCount } = await readVideo(name, {}, { reversed: true }, { fps: 25 });
      expect(frameCount).toBe(30);
      expect(warnings).toEqual([
        {
          kind: 'frames-lost',
          file: name,
          fromSeconds: about(from),
          toSeconds: about(to),
          frames: 10,
          seconds: about(0.4),
          message: `${name}: ${text}`,
        },
      ]);
      expect(shown).toHaveLength(90);
      const backward = shown.slice(30, 60).reverse();
      for (const reading of [shown.slice(0, 30), backward, shown.slice(60)]) {
        reading.forEach((picture, index) => {
          const expected = index >= first && index < end ? instead : index;
          expect(Math.abs(picture - expected), `frame ${index} shows ${picture}`).toBeLessThan(3);
        });
      }
    });

    test('tell of lost frames alike wherever reading begins: the last good one is shown', async () => {
      const { shown, warnings } = await readVideo('lost-middle.webm', { startSeconds: 0.6, endSeconds: 0.7 });
      expect(shown).toHaveLength(3);
      for (const picture of shown) expect(Math.abs(picture - 9)).toBeLessThan(3);
      expect(warnings).toMatchObject([{ kind: 'frames-lost', fromSeconds: about(0.6) }]);
    });

    test('tell of frames that need others which cannot be decoded, and what follows is right again', async () => {
      const { shown, warnings, frameCount } = await readVideo('lost-h264.mp4');
      expect(frameCount).toBe(30);
      expect(warnings).toMatchObject([{ kind: 'frames-lost', fromSeconds: expect.closeTo(0.36, 1) as number }]);
      expect(warnings[0].message).toMatch(/^lost-h264\.mp4: \d+ frames .*cannot be decoded; .* shown\.$/);
      shown.slice(0, 6).forEach((picture, index) => {
        expect(Math.abs(picture - index)).toBeLessThan(3);
      });
      shown.slice(20).forEach((picture, index) => {
        expect(Math.abs(picture - 20 - index)).toBeLessThan(3);
      });
    });

    test('tell once which sound cannot be decoded; it is silent, and not copied', async () => {
      const { seconds, loudness, warnings, couldCopy, canCopy } = await readAudio('lost-sound.m4a', 2);
      expect(warnings).toEqual([
        {
          kind: 'sound-lost',
          file: 'lost-sound.m4a',
          fromSeconds: about(0.19),
          toSeconds: about(0.256),
          seconds: about(0.064),
          message: 'lost-sound.m4a: 0.06 s of sound at 0.19 s are lost; it is silent there.',
        },
      ]);
      expect(seconds).toBeCloseTo(1, 1);
      expect(loudness(0.2, 0.25)).toBe(0);
      expect(loudness(0.1, 0.18)).toBeGreaterThan(0.4);
      expect(loudness(0.3, 0.9)).toBeGreaterThan(0.4);
      expect([couldCopy, canCopy]).toEqual([true, false]);
    });

    test('tell of sound that is lost at the start, and what follows keeps its time', async () => {
      const { seconds, loudness, warnings } = await readAudio('lost-sound-start.m4a');
      expect(warnings).toMatchObject([
        { kind: 'sound-lost', fromSeconds: 0, toSeconds: expect.closeTo(0.2, 1) as number },
      ]);
      expect(seconds).toBeCloseTo(1, 1);
      expect(loudness(0, 0.18)).toBe(0);
      expect(loudness(0.25, 0.9)).toBeGreaterThan(0.4);
    });

    test('tell of a gap in the sound', async () => {
      const { seconds, loudness, warnings } = await readAudio('sound-with-gap.mkv');
      expect(warnings).toMatchObject([
        { kind: 'sound-lost', fromSeconds: expect.closeTo(0.31, 1) as number, toSeconds: about(0.51) },
      ]);
      expect(warnings[0].message).toMatch(
        /^sound-with-gap\.mkv: 0\.\d\d s of sound at 0\.\d\d s are lost; it is silent/,
      );
      expect(seconds).toBeCloseTo(1, 1);
      expect(loudness(0.35, 0.48)).toBe(0);
      expect(loudness(0.6, 0.9)).toBeGreaterThan(0.4);
    });
  });
}
