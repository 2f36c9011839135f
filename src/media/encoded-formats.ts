// Which formats of pictures each codec holds, and which of them is nearest to one that it does not hold.
import { I420, type PictureFormat } from '../tensor/picture.ts';

/** A codec of pictures. */
export type VideoCodec = 'h264' | 'hevc';

/** What a codec holds. */
interface CodecFormats {
  /** Bits of a sample, ascending. */
  depths: readonly number[];
}

const codecs: Readonly<Record<VideoCodec, CodecFormats>> = {
  h264: { depths: [8, 10] },
  hevc: { depths: [8, 10, 12] },
};

/** Returns the format in which a codec encodes pictures of a format: the same, or the nearest that loses least. */
export function encodedFormat(codec: VideoCodec, format: PictureFormat): PictureFormat {
  if (format.colors === 'rgba') return I420;
  const { depths } = codecs[codec];
  const depth = depths.find((bits) => bits >= format.depth) ?? depths[depths.length - 1];
  return { colors: 'yuv', depth, chromaShift: encodedChroma(format), alpha: false };
}

/** Every codec here has 4:2:0, 4:2:2 and 4:4:4. Gray is written as the first of these, which players show, with no color. */
function encodedChroma({ colors, chromaShift: [x, y] }: PictureFormat): PictureFormat['chromaShift'] {
  if (colors === 'rgb') return [0, 0];
  if (colors === 'gray' || (x > 0 && y > 0)) return [1, 1];
  return x > 0 ? [1, 0] : [0, 0];
}
