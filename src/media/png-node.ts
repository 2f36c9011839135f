// Pictures [H,W,3] or [H,W,4] as PNG files.
import { PNG } from 'pngjs';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { ANOTHER_FILE, checkOutput, type OutputFormat } from './output-file-node.ts';

/** What {@link writePng} writes. */
export const pngFormat: OutputFormat = { name: 'a PNG file', extensions: ['.png'], stem: 'picture' };

/** A picture in RGB or RGBA. */
export interface PngPicture {
  width: number;
  height: number;
  /** 3 = RGB, 4 = RGBA. Default 4. */
  channels?: 3 | 4;
  /** height · width · channels bytes. */
  data: Uint8Array | Uint8ClampedArray;
}

/**
 * Writes a picture as a PNG file, named .png, replacing an existing one.
 *
 * @throws RangeError when the data has another length.
 * @throws LatentSyncError `output-not-writable` or `insufficient-disk`.
 */
export async function writePng(path: string, picture: PngPicture): Promise<void> {
  const bytes = encodePng(picture);
  await checkOutput(path, [], pngFormat);
  await writeWholeFile(path, bytes, { remedy: ANOTHER_FILE });
}

/**
 * Returns the bytes of a PNG file.
 *
 * @throws RangeError when the data has another length.
 */
export function encodePng({ width, height, channels = 4, data }: PngPicture): Buffer {
  const expected = width * height * channels;
  if (data.length !== expected) {
    const kind = channels === 4 ? 'RGBA' : 'RGB';
    throw new RangeError(`A ${width}×${height} ${kind} picture has ${expected} bytes (got ${data.length}).`);
  }
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const colorType = channels === 4 ? 6 : 2;
  return PNG.sync.write(png, { colorType, inputColorType: colorType, inputHasAlpha: channels === 4 });
}
