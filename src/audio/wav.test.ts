import { readFileSync } from 'node:fs';
import { BufferSource } from 'mediabunny';
import { describe, expect, it } from 'vitest';
import { goldenUrl } from '../../test/read-golden.ts';
import { readTrack } from '../media/audio-reader.ts';
import { openAudioSource } from '../media/mediabunny-audio.ts';
import { encodeWav, type Pcm } from './wav.ts';

/** A WAV file as the product reads it. */
async function read(bytes: Uint8Array): Promise<Pcm> {
  await using audio = await openAudioSource(new BufferSource(bytes), { name: 'a.wav' });
  return { sampleRate: audio.info.sampleRate, channels: await readTrack(audio) };
}

describe('encodeWav', () => {
  it('writes what is read again bit for bit, whatever 16 bits hold', async () => {
    const all = Float32Array.from({ length: 2 ** 16 }, (_, i) => i / 32768 - 1);
    const stereo = { sampleRate: 44_100, channels: [all, all.toReversed()] };
    const { sampleRate, channels } = await read(encodeWav(stereo));
    expect(sampleRate).toBe(44_100);
    channels.forEach((channel, c) => {
      expect(Buffer.from(channel.buffer).equals(Buffer.from(stereo.channels[c].buffer))).toBe(true);
    });
    expect(channels).toHaveLength(2);
  });

  it('keeps every byte of a 16-bit file', async () => {
    const bytes = new Uint8Array(readFileSync(goldenUrl('audio/speech.wav')));
    const speech = await read(bytes);
    expect(speech.sampleRate).toBe(16_000);
    expect(speech.channels[0].length).toBe(92_635);
    const written = encodeWav(speech);
    expect(Buffer.compare(written, bytes.subarray(0, written.length))).toBe(0);
  });

  it('clips what 16 bits cannot hold', async () => {
    const { channels } = await read(encodeWav({ sampleRate: 8000, channels: [Float32Array.of(2, -2)] }));
    expect([...channels[0]]).toEqual([32767 / 32768, -1]);
  });

  it('refuses channels of different lengths', () => {
    expect(() => encodeWav({ sampleRate: 8000, channels: [new Float32Array(1), new Float32Array(2)] })).toThrow(
      'one length',
    );
  });
});
