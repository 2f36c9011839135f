// What both makers of the media interface must do with sound.
import { describe, expect, test } from 'vitest';
import { joined } from '../../../src/util/joined.ts';
import type { AudioReader } from '../../../src/media/audio-reader.ts';
import type { MediaMaker } from '../media-maker.ts';
import { click, loudest } from './contents.ts';

/** Reads the whole sound in chunks, which must follow one another without gaps; returns its channels. */
export async function readChunks(audio: AudioReader): Promise<Float32Array[]> {
  const { sampleRate, numberOfChannels } = audio.info;
  const parts = Array.from({ length: numberOfChannels }, (): Float32Array[] => []);
  let position = 0;
  for await (const chunk of audio.chunks()) {
    expect(chunk.sampleRate).toBe(sampleRate);
    expect(chunk.timestampSeconds).toBeCloseTo(position / sampleRate, 9);
    expect(chunk.channels).toHaveLength(numberOfChannels);
    const [{ length }] = chunk.channels;
    chunk.channels.forEach((channel, index) => {
      expect(channel).toHaveLength(length);
      parts[index].push(channel);
    });
    position += length;
  }
  return parts.map(joined);
}

/** Declares the tests. */
export function testSound({ openAudio, file, address }: MediaMaker): void {
  const open = async (name: string): Promise<AudioReader> => openAudio(await file(name));

  describe('sound', () => {
    test('of a WAV file comes exactly, at its own rate, in chunks that follow one another', async () => {
      await using audio = await open('click.wav');
      expect(audio.name).toBe('click.wav');
      expect(audio.info).toEqual({ codec: 'pcm-s16', sampleRate: 22_050, numberOfChannels: 2, durationSeconds: 1 });
      const [left, right] = await readChunks(audio);
      const expected = click(22_050);
      expect(left).toHaveLength(expected.length);
      expect(expected.every((sample, i) => Math.abs(left[i] - sample) < 1e-4)).toBe(true);
      expect(expected.every((sample, i) => Math.abs(right[i] + sample / 2) < 1e-4)).toBe(true);
    });

    test('can be read again, and canceled', async () => {
      await using audio = await open('click.wav');
      const [first] = await readChunks(audio);
      const [second] = await readChunks(audio);
      expect(second).toEqual(first);
      const controller = new AbortController();
      const read = async (): Promise<void> => {
        for await (const { channels } of audio.chunks({ signal: controller.signal })) controller.abort(channels.length);
      };
      await expect(read()).rejects.toMatchObject({ code: 'aborted' });
      await expect(openAudio(await file('click.wav'), { signal: controller.signal })).rejects.toMatchObject({
        code: 'aborted',
      });
    });

    test.each([
      ['corners.mp4', 'aac', 16_000, 1, 0.4],
      ['browser-opus.webm', 'opus', 48_000, 1, 1.2],
      ['voice-opus.ogg', 'opus', 48_000, 1, 1.2],
    ])('of %s is %s', async (name, codec, sampleRate, numberOfChannels, seconds) => {
      await using audio = await open(name);
      expect(audio.info).toMatchObject({ codec, sampleRate, numberOfChannels });
      const [samples] = await readChunks(audio);
      expect(Math.abs(samples.length / sampleRate - seconds)).toBeLessThan(0.07);
      expect(Math.abs(audio.info.durationSeconds - seconds)).toBeLessThan(0.07);
    });

    test.each([
      'click.wav',
      'click-24bit.wav',
      'click.m4a',
      'click.mp3',
      'click.flac',
      'click-opus.ogg',
      'click-vorbis.ogg',
    ])('of %s has its click where it was', async (name) => {
      await using audio = await open(name);
      const [samples] = await readChunks(audio);
      expect(Math.abs(loudest(samples) / audio.info.sampleRate - 0.5)).toBeLessThan(0.001);
    });

    test('that begins late counts from its own beginning, whose place is told', async () => {
      await using audio = await open('late-sound.mp4');
      expect(audio.originSeconds).toBeCloseTo(0.5 - 1024 / 16_000, 3); // with the encoder's run-up
      const [samples] = await readChunks(audio);
      expect(samples.length / audio.info.sampleRate).toBeGreaterThan(0.45);
    });

    test('can be copied in packets, which make up the whole', async () => {
      await using audio = await open('click.m4a');
      expect(audio.packetConfig).toMatchObject({ codec: 'mp4a.40.2', sampleRate: 16_000, numberOfChannels: 1 });
      let end = 0;
      let count = 0;
      for await (const { data, timestampSeconds, durationSeconds } of audio.packets()) {
        expect(data.length).toBeGreaterThan(0);
        if (count > 0) expect(timestampSeconds).toBeCloseTo(end, 3);
        end = timestampSeconds + durationSeconds;
        count++;
      }
      expect(count).toBe(Math.ceil(16_000 / 1024) + 1);
    });

    test('comes from an address, read in parts', async () => {
      await using audio = await openAudio(address('click.wav'));
      expect((await readChunks(audio))[0]).toHaveLength(22_050);
    });
  });
}
