// WAV files: integer and float PCM of any width ↔ channels of float32 samples.
import { LatentSyncError } from '../util/errors.ts';
import { checkInteger } from '../util/assert.ts';

/** Decoded audio. */
export interface Pcm {
  /** Samples per second. */
  sampleRate: number;
  /** One array of samples for each channel, −1 to 1; all of one length. */
  channels: Float32Array[];
}

const FORMAT_INTEGER = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;

function unreadable(reason: string): LatentSyncError {
  return new LatentSyncError('media-unreadable', `The WAV file ${reason}.\nExport it again as 16-bit PCM.`);
}

function tagAt(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}

interface Format {
  encoding: number;
  channelCount: number;
  sampleRate: number;
  bits: number;
}

function readFormat(view: DataView, offset: number, size: number): Format {
  if (size < 16) throw unreadable('has a damaged format chunk');
  const encoding = view.getUint16(offset, true);
  return {
    // An extensible format names its encoding at the start of its sub-format.
    encoding: encoding === FORMAT_EXTENSIBLE && size >= 26 ? view.getUint16(offset + 24, true) : encoding,
    channelCount: view.getUint16(offset + 2, true),
    sampleRate: view.getUint32(offset + 4, true),
    bits: view.getUint16(offset + 14, true),
  };
}

/** Returns a reader of the sample at a byte offset. */
function sampleReader(view: DataView, { encoding, bits }: Format): (offset: number) => number {
  if (encoding === FORMAT_INTEGER) {
    if (bits === 8) return (offset) => (view.getUint8(offset) - 128) / 2 ** 7;
    if (bits === 16) return (offset) => view.getInt16(offset, true) / 2 ** 15;
    if (bits === 24) {
      return (offset) => (view.getUint16(offset, true) + view.getInt8(offset + 2) * 2 ** 16) / 2 ** 23;
    }
    if (bits === 32) return (offset) => view.getInt32(offset, true) / 2 ** 31;
  }
  if (encoding === FORMAT_FLOAT && bits === 32) return (offset) => view.getFloat32(offset, true);
  if (encoding === FORMAT_FLOAT && bits === 64) return (offset) => view.getFloat64(offset, true);
  throw unreadable(`has an unsupported encoding (format ${encoding}, ${bits} bits)`);
}

/**
 * Returns the samples of a WAV file: 8-, 16-, 24- or 32-bit integers, 32- or 64-bit floats. Chunks that do not matter
 * are skipped, and a data chunk longer than the file (an unfinished recording) ends with the file.
 *
 * @throws LatentSyncError `media-unreadable` when the bytes are not such a file.
 */
export function parseWav(bytes: Uint8Array): Pcm {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tagAt(view, 0) !== 'RIFF' || tagAt(view, 8) !== 'WAVE') {
    throw unreadable('does not begin with a WAV header');
  }
  let format: Format | undefined;
  for (let offset = 12; offset + 8 <= bytes.length;) {
    const tag = tagAt(view, offset);
    const start = offset + 8;
    const size = Math.min(view.getUint32(offset + 4, true), bytes.length - start);
    if (tag === 'fmt ') format = readFormat(view, start, size);
    if (tag === 'data') {
      if (!format) throw unreadable('has no format chunk before its data');
      return { sampleRate: format.sampleRate, channels: readChannels(view, format, start, size) };
    }
    offset = start + size + (size % 2);
  }
  throw unreadable('has no data chunk');
}

function readChannels(view: DataView, format: Format, start: number, size: number): Float32Array[] {
  const { channelCount, sampleRate, bits } = format;
  if (channelCount === 0 || sampleRate === 0) throw unreadable('names no channel or no sample rate');
  const read = sampleReader(view, format);
  const width = bits / 8;
  const length = Math.floor(size / (width * channelCount));
  return Array.from({ length: channelCount }, (_, channel) =>
    Float32Array.from({ length }, (_, i) => read(start + (i * channelCount + channel) * width)),
  );
}

/**
 * Returns a WAV file of 16-bit PCM (samples beyond ±1 are clipped) or of 32-bit floats.
 *
 * @param options.format - default `int16`.
 * @throws RangeError when the channels differ in length or there are none.
 */
export function encodeWav({ sampleRate, channels }: Pcm, options: { format?: 'int16' | 'float32' } = {}): Uint8Array {
  const { format = 'int16' } = options;
  checkInteger('sampleRate', sampleRate, 1, 2 ** 32 - 1);
  checkInteger('channels.length', channels.length, 1, 65535);
  const length = channels[0].length;
  if (channels.some((channel) => channel.length !== length)) throw new RangeError('channels must have one length.');
  const width = format === 'int16' ? 2 : 4;
  const frameBytes = width * channels.length;
  const dataBytes = length * frameBytes;
  const bytes = new Uint8Array(44 + dataBytes);
  const view = new DataView(bytes.buffer);
  const tag = (offset: number, text: string): void => {
    bytes.set(new TextEncoder().encode(text), offset);
  };
  tag(0, 'RIFF');
  view.setUint32(4, 36 + dataBytes, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, format === 'int16' ? FORMAT_INTEGER : FORMAT_FLOAT, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, width * 8, true);
  tag(36, 'data');
  view.setUint32(40, dataBytes, true);
  channels.forEach((channel, c) => {
    channel.forEach((value, i) => {
      const offset = 44 + i * frameBytes + c * width;
      if (format === 'float32') view.setFloat32(offset, value, true);
      else view.setInt16(offset, Math.max(-32768, Math.min(32767, Math.round(value * 32768))), true);
    });
  });
  return bytes;
}
