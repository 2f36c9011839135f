import { readFileSync } from 'node:fs';
import { BufferSource } from 'mediabunny';
import { describe, expect, it } from 'vitest';
import { goldenUrl } from '../../test/read-golden.ts';
import { readTrack } from '../media/audio-reader.ts';
import { openAudioSource } from '../media/mediabunny-audio.ts';
import { decodeWav, encodeWav, type Pcm } from './wav.ts';

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

describe('decodeWav', () => {
  it('reads what encodeWav writes, past chunks that it does not know', () => {
    const sound = { sampleRate: 8000, channels: [Float32Array.of(0.5, -0.25, 0), Float32Array.of(0, 1 / 32768, -1)] };
    const bytes = encodeWav(sound);
    expect(decodeWav(bytes)).toEqual(sound);
    const list = Uint8Array.from([...Buffer.from('LIST'), 3, 0, 0, 0, 1, 2, 3, 0]);
    expect(decodeWav(Buffer.concat([bytes.subarray(0, 36), list, bytes.subarray(36)]))).toEqual(sound);
  });

  it('takes what there is of a file that was cut off', () => {
    const bytes = encodeWav({ sampleRate: 8000, channels: [new Float32Array(100)] });
    expect(decodeWav(bytes.subarray(0, 44 + 31)).channels[0]).toHaveLength(15);
  });

  it('refuses anything else', () => {
    expect(() => decodeWav(new Uint8Array(100))).toThrow('not a WAV file');
    const bytes = encodeWav({ sampleRate: 8000, channels: [new Float32Array(4)] });
    bytes[34] = 8;
    expect(() => decodeWav(bytes)).toThrow('kind 1 with 8 bits');
    const [bare] = [encodeWav({ sampleRate: 8000, channels: [new Float32Array(4)] })];
    bare.set(Buffer.from('junk'), 36);
    expect(() => decodeWav(bare)).toThrow('without sound');
  });
});
