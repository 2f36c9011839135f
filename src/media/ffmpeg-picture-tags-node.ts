// The tags of a track of pictures, out of FFmpeg's description of it.
import {
  AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
  AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
  type AVPacketSideDataType,
  type AVPixelFormat,
} from 'node-av/constants';
import { avGetPixFmtName, type CodecParameters } from 'node-av/lib';
import { fullRanges } from './ffmpeg-names-node.ts';
import { chromaLocations, metadataToKeep, type PictureTags } from './picture-tags.ts';
import { pixelAspectOf } from './pixel-aspect.ts';

/** Returns the tags of a track; the first pixel aspect that says anything counts. */
export function pictureTagsOf(
  codecpar: CodecParameters,
  aspects: readonly { num: number; den: number }[],
  displayMatrix: number[] | undefined,
  { file, track }: { file: Readonly<Record<string, string>>; track: Readonly<Record<string, string>> },
): PictureTags {
  const { colorPrimaries, colorTrc, colorSpace, colorRange, chromaLocation, format } = codecpar;
  const isJpeg = avGetPixFmtName(format as AVPixelFormat)?.startsWith('yuvj') ?? false;
  const bytesOf = (type: AVPacketSideDataType) => {
    const data = codecpar.getCodedSideData(type);
    return data ? [...data] : undefined;
  };
  return {
    pixelAspect: pixelAspectOf(aspects),
    primaries: colorPrimaries,
    transfer: colorTrc,
    matrix: colorSpace,
    fullRange: isJpeg ? true : fullRanges[colorRange],
    chromaLocation: chromaLocations[chromaLocation] ?? (isJpeg ? 'center' : undefined),
    displayMatrix,
    masteringDisplay: bytesOf(AV_PKT_DATA_MASTERING_DISPLAY_METADATA),
    contentLight: bytesOf(AV_PKT_DATA_CONTENT_LIGHT_LEVEL),
    fileMetadata: metadataToKeep(file),
    metadata: metadataToKeep(track),
  };
}
