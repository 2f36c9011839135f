// FFmpeg's codecs and color tags by the names that WebCodecs and Mediabunny use.
import { type AVCodecID, type AVFieldOrder, AVCOL_RANGE_JPEG, AVCOL_RANGE_MPEG } from 'node-av/constants';
import { avGetCodecName, type CodecParameters, type Stream } from 'node-av/lib';

const shortNames: Readonly<Record<string, string>> = {
  h264: 'avc',
  pcm_s16le: 'pcm-s16',
  pcm_s16be: 'pcm-s16be',
  pcm_s24le: 'pcm-s24',
  pcm_s24be: 'pcm-s24be',
  pcm_s32le: 'pcm-s32',
  pcm_s32be: 'pcm-s32be',
  pcm_f32le: 'pcm-f32',
  pcm_f32be: 'pcm-f32be',
  pcm_f64le: 'pcm-f64',
  pcm_u8: 'pcm-u8',
  pcm_mulaw: 'ulaw',
  pcm_alaw: 'alaw',
};

/** Returns the short name of a codec: `avc`, `hevc`, `aac`, `pcm-s16`, … */
export function codecName(id: AVCodecID): string {
  const name = avGetCodecName(id) ?? 'unknown';
  return shortNames[name] ?? name;
}

/** Returns the language of a stream, by ISO 639-2; undefined where that is not known. */
export function languageOf({ metadata }: Stream): string | undefined {
  const language = metadata?.get('language');
  return language === 'und' ? undefined : (language ?? undefined);
}

/** Returns how the fields of a stream lie in its frames; only its JSON has it. */
export function fieldOrderOf(codecpar: CodecParameters): AVFieldOrder {
  return codecpar.toJSON().fieldOrder as AVFieldOrder;
}

// ITU-T H.273, as far as WebCodecs has names.
const primaries: Readonly<Record<number, VideoColorPrimaries>> = {
  1: 'bt709',
  5: 'bt470bg',
  6: 'smpte170m',
  9: 'bt2020' as VideoColorPrimaries,
  12: 'smpte432' as VideoColorPrimaries,
};
const transfers: Readonly<Record<number, VideoTransferCharacteristics>> = {
  1: 'bt709',
  6: 'smpte170m',
  8: 'linear' as VideoTransferCharacteristics,
  13: 'iec61966-2-1',
  16: 'pq' as VideoTransferCharacteristics,
  18: 'hlg' as VideoTransferCharacteristics,
};
const matrices: Readonly<Record<number, VideoMatrixCoefficients>> = {
  1: 'bt709',
  5: 'bt470bg',
  6: 'smpte170m',
  9: 'bt2020-ncl' as VideoMatrixCoefficients,
};

/** Color tags as FFmpeg has them. */
export interface FFmpegColors {
  colorPrimaries: number;
  colorTrc: number;
  colorSpace: number;
  colorRange: number;
}

/** Returns the color tags of a track or frame, as far as it has any. Those of RGB say nothing about Y'CbCr and are left out. */
export function colorSpaceOf(colors: FFmpegColors): VideoColorSpaceInit {
  const isRgb = colors.colorSpace === 0;
  return {
    primaries: primaries[colors.colorPrimaries],
    transfer: transfers[colors.colorTrc],
    matrix: matrices[colors.colorSpace],
    fullRange: isRgb ? undefined : fullRanges[colors.colorRange],
  };
}

/** Whether values of a color range use all that their bits can hold, by FFmpeg's numbers. */
export const fullRanges: Readonly<Record<number, boolean>> = { [AVCOL_RANGE_MPEG]: false, [AVCOL_RANGE_JPEG]: true };

/** FFmpeg's names of color primaries (ITU-T H.273); those that say nothing have none. */
export const primariesNames: Readonly<Record<number, string>> = {
  1: 'bt709',
  4: 'bt470m',
  5: 'bt470bg',
  6: 'smpte170m',
  7: 'smpte240m',
  8: 'film',
  9: 'bt2020',
  10: 'smpte428',
  11: 'smpte431',
  12: 'smpte432',
  22: 'ebu3213',
};

/** FFmpeg's names of transfer functions. */
export const transferNames: Readonly<Record<number, string>> = {
  1: 'bt709',
  4: 'bt470m',
  5: 'bt470bg',
  6: 'smpte170m',
  7: 'smpte240m',
  8: 'linear',
  9: 'log100',
  10: 'log316',
  11: 'iec61966-2-4',
  12: 'bt1361e',
  13: 'iec61966-2-1',
  14: 'bt2020-10',
  15: 'bt2020-12',
  16: 'smpte2084',
  17: 'smpte428',
  18: 'arib-std-b67',
};

/** FFmpeg's names of color matrices. */
export const matrixNames: Readonly<Record<number, string>> = {
  0: 'gbr',
  1: 'bt709',
  4: 'fcc',
  5: 'bt470bg',
  6: 'smpte170m',
  7: 'smpte240m',
  8: 'ycgco',
  9: 'bt2020nc',
  10: 'bt2020c',
  11: 'smpte2085',
  12: 'chroma-derived-nc',
  13: 'chroma-derived-c',
  14: 'ictcp',
};

/** Which values of a color are used. */
export const rangeNames: Readonly<Record<number, 'limited' | 'full'>> = {
  [AVCOL_RANGE_MPEG]: 'limited',
  [AVCOL_RANGE_JPEG]: 'full',
};
