// Which codecs FFmpeg decodes, in the media process.
import { AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO, type AVMediaType } from 'node-av/constants';
import { Codec } from 'node-av/lib';
import { codecName } from './ffmpeg-names-node.ts';
import type { MediaDecoders } from './media-host-protocol.ts';

/** Lists the codecs that this FFmpeg has a decoder for. */
export function mediaDecoders(): MediaDecoders {
  const decoders = Codec.getCodecList().filter((codec) => codec.isDecoder());
  const namesOf = (type: AVMediaType): string[] => [
    ...new Set(decoders.filter((codec) => codec.type === type).map(({ id }) => codecName(id))),
  ];
  return { video: namesOf(AVMEDIA_TYPE_VIDEO).sort(), audio: namesOf(AVMEDIA_TYPE_AUDIO).sort() };
}
