import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { goldenUrl } from '../../test/read-golden.ts';
import { encodeWav, parseWav } from './wav.ts';

const stereo = { sampleRate: 44_100, channels: [Float32Array.of(0, 0.5, -1), Float32Array.of(0.25, -0.125, 0.75)] };

/** A WAV file of one sample in an encoding. */
function singleSample(encoding: number, bits: number, sample: number[], extensible = false): Uint8Array {
  const formatSize = extensible ? 40 : 16;
  const bytes = new Uint8Array(28 + formatSize + sample.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('RIFF    WAVEfmt '));
  view.setUint32(16, formatSize, true);
  view.setUint16(20, extensible ? 0xfffe : encoding, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 16_000, true);
  view.setUint16(34, bits, true);
  if (extensible) view.setUint16(44, encoding, true);
  bytes.set(new TextEncoder().encode('data'), 20 + formatSize);
  view.setUint32(24 + formatSize, sample.length, true);
  bytes.set(sample, 28 + formatSize);
  return bytes;
}

describe('WAV', () => {
  it.each(['int16', 'float32'] as const)('comes back as written, %s', (format) => {
    expect(parseWav(encodeWav(stereo, { format }))).toEqual(stereo);
  });

  it('keeps every byte of a 16-bit file', () => {
    const bytes = new Uint8Array(readFileSync(goldenUrl('audio/speech.wav')));
    const parsed = parseWav(bytes);
    expect(parsed.sampleRate).toBe(16_000);
    const written = encodeWav(parsed);
    expect(Buffer.compare(written, bytes.subarray(0, written.length))).toBe(0);
    expect(parsed.channels[0].length).toBe(92_635);
  });

  it.each([
    ['8-bit', 1, 8, [192], 0.5],
    ['16-bit', 1, 16, [0, 0xc0], -0.5],
    ['24-bit', 1, 24, [0, 0, 0xc0], -0.5],
    ['24-bit', 1, 24, [0, 0, 0x40], 0.5],
    ['32-bit', 1, 32, [0, 0, 0, 0x40], 0.5],
    ['float32', 3, 32, [0, 0, 0x80, 0xbe], -0.25],
    ['float64', 3, 64, [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], 0.5],
  ])('reads %s samples', (_, encoding, bits, sample, value) => {
    expect(parseWav(singleSample(encoding, bits, sample)).channels[0][0]).toBe(value);
    expect(parseWav(singleSample(encoding, bits, sample, true)).channels[0][0]).toBe(value);
  });

  it('clips what 16 bits cannot hold', () => {
    const bytes = encodeWav({ sampleRate: 8000, channels: [Float32Array.of(2, -2)] });
    expect([...parseWav(bytes).channels[0]]).toEqual([32767 / 32768, -1]);
  });

  it('skips other chunks, and ends an unfinished data chunk with the file', () => {
    const plain = encodeWav(stereo);
    const list = Uint8Array.of(0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0);
    const bytes = new Uint8Array([...plain.slice(0, 36), ...list, ...plain.slice(36)]);
    new DataView(bytes.buffer).setUint32(36 + 12 + 4, 0xffffffff, true);
    expect(parseWav(bytes)).toEqual(stereo);
  });

  it.each([
    ['no header', new Uint8Array(40), 'does not begin with a WAV header'],
    ['no data', encodeWav(stereo).slice(0, 36), 'has no data chunk'],
    ['an unknown encoding', singleSample(17, 4, [0]), 'unsupported encoding (format 17, 4 bits)'],
    ['an empty file', new Uint8Array(0), 'does not begin with a WAV header'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseWav(bytes)).toThrow(message);
  });

  it('refuses channels of different lengths', () => {
    expect(() => encodeWav({ sampleRate: 8000, channels: [new Float32Array(1), new Float32Array(2)] })).toThrow(
      'one length',
    );
  });
});
