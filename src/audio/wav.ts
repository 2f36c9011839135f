// Channels of float32 samples ↔ a WAV file of 16-bit PCM.
import { checkInteger } from '../util/assert.ts';

/** Decoded audio. */
export interface Pcm {
  /** Samples per second. */
  sampleRate: number;
  /** One array of samples for each channel, −1 to 1; all of one length. */
  channels: Float32Array[];
}

const HEADER_BYTES = 44;
const INTEGER_PCM = 1;

/**
 * Returns a WAV file of 16-bit PCM, k / 32768 as k; samples beyond ±1 are clipped.
 *
 * @throws RangeError when the channels differ in length or there are none.
 */
export function encodeWav({ sampleRate, channels }: Pcm): Uint8Array {
  checkInteger('sampleRate', sampleRate, 1, 2 ** 32 - 1);
  checkInteger('channels.length', channels.length, 1, 65535);
  const length = channels[0].length;
  if (channels.some((channel) => channel.length !== length)) throw new RangeError('channels must have one length.');
  const frameBytes = 2 * channels.length;
  const bytes = new Uint8Array(HEADER_BYTES + length * frameBytes);
  const view = new DataView(bytes.buffer);
  const tag = (offset: number, text: string): void => {
    bytes.set(new TextEncoder().encode(text), offset);
  };
  tag(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, INTEGER_PCM, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 16, true);
  tag(36, 'data');
  view.setUint32(40, length * frameBytes, true);
  channels.forEach((channel, c) => {
    channel.forEach((value, i) => {
      const sample = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
      view.setInt16(HEADER_BYTES + i * frameBytes + c * 2, sample, true);
    });
  });
  return bytes;
}

/**
 * Reads a WAV file of 16-bit PCM, as this and other programs write it to pass sound on; files of any other kind are for src/media.
 * What a header says beyond the file's end is not there.
 *
 * @throws RangeError when it is anything else.
 */
export function decodeWav(file: Uint8Array): Pcm {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tag = (offset: number): string => new TextDecoder('latin1').decode(file.subarray(offset, offset + 4));
  if (file.length < HEADER_BYTES || tag(0) !== 'RIFF' || tag(8) !== 'WAVE')
    throw new RangeError('It is not a WAV file.');
  let format: { channels: number; sampleRate: number } | undefined;
  for (let offset = 12; offset + 8 <= file.length;) {
    const [name, size] = [tag(offset), view.getUint32(offset + 4, true)];
    const start = offset + 8;
    if (name === 'fmt ' && start + 16 <= file.length) {
      const [kind, bits] = [view.getUint16(start, true), view.getUint16(start + 14, true)];
      if (kind !== INTEGER_PCM || bits !== 16)
        throw new RangeError(`It holds kind ${kind} with ${bits} bits, not 16-bit PCM.`);
      format = { channels: view.getUint16(start + 2, true), sampleRate: view.getUint32(start + 4, true) };
    }
    if (name === 'data' && format && format.channels > 0) {
      const { channels, sampleRate } = format;
      const length = Math.floor(Math.min(size, file.length - start) / (2 * channels));
      return {
        sampleRate,
        channels: Array.from({ length: channels }, (_, c) =>
          Float32Array.from({ length }, (_, i) => view.getInt16(start + 2 * (i * channels + c), true) / 32768),
        ),
      };
    }
    offset = start + size + (size % 2);
  }
  throw new RangeError('It is a WAV file without sound.');
}
