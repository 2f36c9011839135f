// Channels of float32 samples → a WAV file of 16-bit PCM.
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
