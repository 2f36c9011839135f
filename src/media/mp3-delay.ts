// The run-up of an MP3 file: samples that its encoder put before the sound, as the tag in its first frame says.
import type { MediaByteSource } from './byte-source.ts';

/** Samples by which every decoder is late. */
const DECODER_DELAY = 529;
/** Holds the tag of a first frame of any kind. */
const FIRST_FRAME_BYTES = 512;
/** Bytes between the fields of the tag, which are optional, and the encoder's delay. */
const TO_DELAY = 21;

/** Returns the samples to be dropped at the start of an MP3 file; 0 where it does not say. */
export async function mp3Delay(bytes: MediaByteSource): Promise<number> {
  const start = await bytes.read(0, 10);
  const isId3 = start.length === 10 && start[0] === 0x49 && start[1] === 0x44 && start[2] === 0x33;
  // The size of a tag has seven bits in each byte.
  const offset = isId3 ? 10 + start.subarray(6).reduce((size, byte) => (size << 7) | (byte & 0x7f), 0) : 0;
  const frame = await bytes.read(offset, FIRST_FRAME_BYTES);
  const text = String.fromCharCode(...frame);
  const tag = Math.max(text.indexOf('Xing'), text.indexOf('Info'));
  if (tag < 0 || frame.length < tag + 8) return 0;
  const flags = frame[tag + 7];
  const fields = (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
  const at = tag + 8 + fields;
  if (!/^(LAME|Lav[cf])/.test(text.slice(at, at + 4)) || frame.length < at + TO_DELAY + 2) return 0;
  return ((frame[at + TO_DELAY] << 4) | (frame[at + TO_DELAY + 1] >> 4)) + DECODER_DELAY;
}
