// RGBA pictures [H,W,4] as PNG files.
import { PNG } from 'pngjs';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { ANOTHER_FILE, checkOutput, type OutputFormat } from './output-file-node.ts';

/** What {@link writePng} writes. */
export const pngFormat: OutputFormat = { name: 'a PNG file', extensions: ['.png'], stem: 'picture' };

/** An RGBA picture. */
export interface RgbaPicture {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
}

/**
 * Writes a picture as a PNG file, named .png, replacing an existing one.
 *
 * @throws RangeError when the data does not have width·height·4 bytes.
 * @throws LatentSyncError `output-not-writable` or `insufficient-disk`.
 */
export async function writePng(path: string, { width, height, data }: RgbaPicture): Promise<void> {
  if (data.length !== width * height * 4) {
    throw new RangeError(`A ${width}×${height} RGBA picture has ${width * height * 4} bytes (got ${data.length}).`);
  }
  await checkOutput(path, [], pngFormat);
  await writeWholeFile(path, encodePng({ width, height, data }), { remedy: ANOTHER_FILE });
}

/** Returns the bytes of a PNG file; the data must have width·height·4 bytes. */
export function encodePng({ width, height, data }: RgbaPicture): Buffer {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return PNG.sync.write(png);
}
