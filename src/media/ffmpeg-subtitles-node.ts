// The streams of a file beside its pictures and sound, in the media process: what they are, subtitles cut to a part, and fonts.
import {
  AV_CODEC_ID_ASS,
  AV_CODEC_ID_DVD_SUBTITLE,
  AV_CODEC_ID_HDMV_PGS_SUBTITLE,
  AV_CODEC_ID_MOV_TEXT,
  AV_CODEC_ID_SSA,
  AV_CODEC_ID_SUBRIP,
  AV_CODEC_ID_TEXT,
  AV_CODEC_ID_WEBVTT,
  AV_DISPOSITION_CAPTIONS,
  AV_DISPOSITION_COMMENT,
  AV_DISPOSITION_DEFAULT,
  AV_DISPOSITION_DESCRIPTIONS,
  AV_DISPOSITION_DUB,
  AV_DISPOSITION_FORCED,
  AV_DISPOSITION_HEARING_IMPAIRED,
  AV_DISPOSITION_KARAOKE,
  AV_DISPOSITION_LYRICS,
  AV_DISPOSITION_ORIGINAL,
  AV_DISPOSITION_VISUAL_IMPAIRED,
  AV_PKT_DATA_WEBVTT_IDENTIFIER,
  AV_PKT_DATA_WEBVTT_SETTINGS,
  AV_PKT_FLAG_DISCARD,
  AVDISCARD_ALL,
  AVMEDIA_TYPE_ATTACHMENT,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_SUBTITLE,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import type { Packet, Stream } from 'node-av/lib';
import type { FFmpegContainer } from './ffmpeg-container-node.ts';
import { secondsIn, stampOf } from './ffmpeg-input-node.ts';
import { codecName } from './ffmpeg-names-node.ts';
import type { SubtitleHeader, SubtitlesRequest } from './media-host-protocol.ts';
import type { FontFile, OtherStream } from './other-streams.ts';
import { metadataToKeep } from './picture-tags.ts';
import { bestStream, isEncrypted } from './stream-choice-node.ts';
import type { CueTrack, SubtitleCue } from './cue-track.ts';
import { cueTrack } from './subtitle-cues.ts';
import { subtitleFacts, type SubtitleCodec, type SubtitleTrack } from './subtitle-formats.ts';
import { isForcedMovText } from './subtitle-text.ts';

const subtitleCodecs: Readonly<Partial<Record<number, SubtitleCodec>>> = {
  [AV_CODEC_ID_SUBRIP]: 'subrip',
  [AV_CODEC_ID_TEXT]: 'subrip',
  [AV_CODEC_ID_ASS]: 'ass',
  [AV_CODEC_ID_SSA]: 'ass',
  [AV_CODEC_ID_WEBVTT]: 'webvtt',
  [AV_CODEC_ID_MOV_TEXT]: 'mov_text',
  [AV_CODEC_ID_HDMV_PGS_SUBTITLE]: 'pgs',
  [AV_CODEC_ID_DVD_SUBTITLE]: 'dvd',
};

/** What subtitles are meant for. */
const KEPT_DISPOSITIONS =
  AV_DISPOSITION_DEFAULT |
  AV_DISPOSITION_DUB |
  AV_DISPOSITION_ORIGINAL |
  AV_DISPOSITION_COMMENT |
  AV_DISPOSITION_LYRICS |
  AV_DISPOSITION_KARAOKE |
  AV_DISPOSITION_FORCED |
  AV_DISPOSITION_HEARING_IMPAIRED |
  AV_DISPOSITION_VISUAL_IMPAIRED |
  AV_DISPOSITION_CAPTIONS |
  AV_DISPOSITION_DESCRIPTIONS;

/** Bytes of what a codec says once for a track, such as the styles of ASS. */
const LONGEST_HEADER = 1 << 18;

/** Packets between two signs of life. */
const PACKETS_BETWEEN = 1000;

/** Returns what streams are, in the order of the file. */
export function describeOthers(streams: readonly Stream[]): OtherStream[] {
  return streams.map((stream) => {
    const { index, codecpar } = stream;
    const metadata: Tags = stream.metadata?.getAll() ?? {};
    const subtitles = subtitlesOf(stream, metadata);
    const name = codecName(codecpar.codecId);
    const font = fontOf(stream, metadata);
    return {
      index,
      kind: kinds[codecpar.codecType] ?? 'data',
      codec: subtitles
        ? subtitleFacts[subtitles.codec].name
        : (metadata.mimetype ?? (name === 'none' ? 'unknown' : name)),
      language: metadata.language === 'und' ? undefined : metadata.language,
      subtitles,
      font,
    };
  });
}

/** What is said of a stream in words. */
type Tags = Readonly<Partial<Record<string, string>>>;

const kinds: Readonly<Partial<Record<number, OtherStream['kind']>>> = {
  [AVMEDIA_TYPE_VIDEO]: 'video',
  [AVMEDIA_TYPE_AUDIO]: 'audio',
  [AVMEDIA_TYPE_SUBTITLE]: 'subtitle',
  [AVMEDIA_TYPE_ATTACHMENT]: 'attachment',
};

function subtitlesOf(stream: Stream, metadata: Tags): SubtitleTrack | undefined {
  const { codecpar, disposition } = stream;
  const codec = subtitleCodecs[codecpar.codecId];
  const header = codecpar.extradata ?? Buffer.alloc(0);
  if (codecpar.codecType !== AVMEDIA_TYPE_SUBTITLE || !codec || header.length > LONGEST_HEADER) return undefined;
  if (isEncrypted(stream)) return undefined;
  const isForced = codec === 'mov_text' && isForcedMovText(header);
  // Programs write their own name, such as SubtitleHandler, where others have the title.
  const { handler_name: handler = '' } = metadata;
  const { title = /handler|^\s*$/i.test(handler) ? '' : handler, language = '' } = metadata;
  return {
    codec,
    header: header.toString('base64'),
    metadata: metadataToKeep({ title, language }),
    disposition: (disposition & KEPT_DISPOSITIONS) | (isForced ? AV_DISPOSITION_FORCED : 0),
  };
}

/** MIME types of fonts, which older programs called otherwise. */
const fontTypes = /^(font\/|application\/(x-truetype-font|x-font|font-|vnd\.ms-opentype))/;

function fontOf({ codecpar }: Stream, { filename = '', mimetype = '' }: Tags): FontFile | undefined {
  const { codecType, extradata } = codecpar;
  if (codecType !== AVMEDIA_TYPE_ATTACHMENT || filename === '' || !extradata || !fontTypes.test(mimetype))
    return undefined;
  return { name: filename, mimeType: mimetype, byteLength: extradata.length };
}

/** Returns the fonts that are streams of a file. */
export function readFonts({ context }: FFmpegContainer, streams: readonly number[]): Buffer[] {
  return streams.map((index) => Buffer.from(context.streams.at(index)?.codecpar.extradata ?? Buffer.alloc(0)));
}

/** A subtitle of the output, or at the end how many there was no room for. */
export interface ReadSubtitle {
  header: SubtitleHeader | { lost: number };
  data?: Uint8Array;
}

/**
 * Reads subtitles as those of an output that shows a part of the video; their times are from the start of the part. Those of a
 * track come in order, those of several about so. `onProgress` is called now and then.
 */
export async function* readSubtitles(
  container: FFmpegContainer,
  { tracks, fromSeconds, toSeconds }: SubtitlesRequest,
  onProgress: () => void,
): AsyncGenerator<ReadSubtitle, void, undefined> {
  const { streams, iformat } = container.context;
  const part = { fromSeconds, toSeconds };
  const byStream = new Map<number, { track: number; cues: CueTrack }>();
  for (const [track, { stream, from, to }] of tracks.entries()) {
    byStream.set(stream, { track, cues: cueTrack(from, to, part) });
  }
  // The index of MP4 leads to the subtitles. Elsewhere everything is read up to where the pictures tell that the part is over.
  const clock = iformat?.name?.includes('mp4') === true ? undefined : bestStream(streams, 'video');
  for (const stream of streams) {
    if (stream.index !== clock?.index && !byStream.has(stream.index)) stream.discard = AVDISCARD_ALL;
  }
  let packets = 0;
  for await (const packet of container.packets()) {
    if (++packets % PACKETS_BETWEEN === 0) onProgress();
    const stream = streams[packet.streamIndex];
    const stamp = stampOf(packet);
    if (stamp === undefined) continue;
    const start = secondsIn(stream, stamp);
    if (stream.index === clock?.index) {
      if (start > toSeconds + LATENESS) break;
      continue;
    }
    const reader = byStream.get(stream.index);
    if (!reader || packet.flags & AV_PKT_FLAG_DISCARD) continue;
    for (const { track, cues } of byStream.values()) {
      if (track !== reader.track) yield* named(track, cues.advance(start));
    }
    yield* named(reader.track, reader.cues.add(cueOf(packet, start, secondsIn(stream, packet.duration))));
  }
  let lost = 0;
  for (const { track, cues } of byStream.values()) {
    yield* named(track, cues.end());
    lost += cues.lost;
  }
  yield { header: { lost } };
}

/** So much later than the pictures of their time subtitles may come in a file. Seconds. */
const LATENESS = 10;

function cueOf(packet: Packet, start: number, duration: number): SubtitleCue {
  const sideText = (type: typeof AV_PKT_DATA_WEBVTT_IDENTIFIER): string | undefined =>
    packet.getSideData(type)?.toString() ?? undefined;
  return {
    start,
    duration: Math.max(0, duration),
    // The packet's own memory is that of the next one, too.
    data: Uint8Array.from(packet.data ?? []),
    identifier: sideText(AV_PKT_DATA_WEBVTT_IDENTIFIER),
    settings: sideText(AV_PKT_DATA_WEBVTT_SETTINGS),
  };
}

function* named(track: number, cues: readonly SubtitleCue[]): Generator<ReadSubtitle, void, undefined> {
  for (const { start, duration, data, identifier, settings } of cues) {
    yield { header: { track, start, duration, identifier, settings }, data };
  }
}
