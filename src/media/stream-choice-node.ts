// Which stream of a file is read: the one that ffmpeg would choose, or the one that is asked for.
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_DEFAULT,
  AV_DISPOSITION_DEPENDENT,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_SUBTITLE,
  AVMEDIA_TYPE_VIDEO,
  AVSTREAM_EVENT_FLAG_NEW_PACKETS,
} from 'node-av/constants';
import { Codec, type Stream } from 'node-av/lib';
import { codecName } from './ffmpeg-names-node.ts';
import { encrypted, MediaFault, onlySubtitles, WrongStream } from './media-fault.ts';
import { best, MOST_LISTED, streamInShort, streamScore, type TrackKind } from './stream-choice.ts';

/**
 * Returns the stream with the given number, or the best one.
 *
 * @throws MediaFault when there is none of the kind, it is encrypted, or it is a picture in tiles; WrongStream when that number is not one of them.
 */
export function chooseStream(streams: readonly Stream[], kind: TrackKind, wanted: number | undefined): Stream {
  if (kind === 'video' && wanted === undefined && streamsOf(streams, kind).some(isTile)) throw inTiles();
  const stream = wanted === undefined ? bestStream(streams, kind) : streamAt(streams, kind, wanted);
  if (!stream) throw lacks(kind, streams);
  if (isEncrypted(stream)) throw encrypted();
  return stream;
}

function streamAt(streams: readonly Stream[], kind: TrackKind, wanted: number): Stream | undefined {
  const candidates = streamsOf(streams, kind);
  if (candidates.length === 0) return undefined;
  const stream = candidates.find(({ index }) => index === wanted);
  if (!stream) throw new WrongStream(kind, wanted, candidates.slice(0, MOST_LISTED).map(inShort));
  return stream;
}

/** Whether a stream is a part of a HEIC picture. */
function isTile({ disposition }: Stream): boolean {
  return (disposition & AV_DISPOSITION_DEPENDENT) !== 0;
}

/** FFmpeg leaves it to programs to put tiles together; where each belongs is not known through node-av. */
function inTiles(): MediaFault {
  return new MediaFault(
    'media-unreadable',
    'is a picture in tiles, as telephones make them, which are not put together.',
    'Save it as JPEG or PNG first.',
  );
}

/** MP4's names of encrypted samples, where nothing tells what they were: Common Encryption, FairPlay, Audible. */
const encryptedTags = new Set(['encv', 'enca', 'drmi', 'drms', 'aavd']);

/** Whether a stream is encrypted, as far as its description tells; some show it only in the packets. */
export function isEncrypted({ codecpar, metadata }: Stream): boolean {
  // Matroska's key ends up in the metadata.
  return encryptedTags.has(codecpar.codecTagString ?? '') || typeof metadata?.get('enc_key_id') === 'string';
}

/** Returns the stream that ffmpeg chooses by itself. Cover art is never the video. */
export function bestStream(streams: readonly Stream[], kind: TrackKind): Stream | undefined {
  const candidates = streamsOf(streams, kind).filter(({ disposition }) => !(disposition & AV_DISPOSITION_ATTACHED_PIC));
  return best(candidates, ({ codecpar, disposition, eventFlags }) =>
    streamScore({
      size: kind === 'video' ? codecpar.width * codecpar.height : codecpar.channelLayout.nbChannels,
      isDefault: (disposition & AV_DISPOSITION_DEFAULT) !== 0,
      hasPackets: (eventFlags & AVSTREAM_EVENT_FLAG_NEW_PACKETS) !== 0,
      canDecode: Codec.findDecoder(codecpar.codecId) !== null,
    }),
  );
}

function streamsOf(streams: readonly Stream[], kind: TrackKind): Stream[] {
  const type = kind === 'video' ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  return streams.filter(({ codecpar }) => codecpar.codecType === type);
}

function inShort({ index, codecpar, metadata }: Stream): string {
  const { codecId, codecType, width, height, sampleRate, channelLayout } = codecpar;
  const isVideo = codecType === AVMEDIA_TYPE_VIDEO;
  return streamInShort({
    index,
    codec: codecName(codecId),
    format: isVideo ? { width, height } : { sampleRate, channels: channelLayout.nbChannels },
    language: metadata?.get('language') ?? 'und',
  });
}

function lacks(kind: TrackKind, streams: readonly Stream[]): MediaFault {
  const types = new Set(streams.map(({ codecpar }) => codecpar.codecType));
  if (!types.has(AVMEDIA_TYPE_VIDEO) && !types.has(AVMEDIA_TYPE_AUDIO)) {
    return types.has(AVMEDIA_TYPE_SUBTITLE)
      ? onlySubtitles()
      : new MediaFault(
          'media-unreadable',
          'contains no video or audio.',
          'If it should, it is damaged or truncated: copy or download it again.',
        );
  }
  return kind === 'video'
    ? new MediaFault('no-video-track', 'has no video track.', 'Choose a video file.')
    : new MediaFault('no-audio-track', 'has no audio track.', 'Choose a file with speech.');
}
