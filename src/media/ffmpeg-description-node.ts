// What is in a file, in the media process: its container, all its streams, and their times, measured from their packets.
import {
  AV_DISPOSITION_ATTACHED_PIC,
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
  AV_DISPOSITION_STILL_IMAGE,
  AV_DISPOSITION_TIMED_THUMBNAILS,
  AV_DISPOSITION_VISUAL_IMPAIRED,
  AV_FIELD_BB,
  AV_FIELD_BT,
  AV_FIELD_PROGRESSIVE,
  AV_FIELD_TB,
  AV_FIELD_TT,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_ENCRYPTION_INFO,
  AV_PKT_FLAG_CORRUPT,
  AV_PKT_FLAG_DISCARD,
  AVMEDIA_TYPE_ATTACHMENT,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_DATA,
  AVMEDIA_TYPE_SUBTITLE,
  AVMEDIA_TYPE_VIDEO,
  type AVPixelFormat,
  type AVSampleFormat,
} from 'node-av/constants';
import {
  avChannelLayoutDescribe,
  avGetPixFmtName,
  avGetSampleFmtName,
  Codec,
  type Packet,
  type Stream,
} from 'node-av/lib';
import type { FFmpegContainer } from './ffmpeg-container-node.ts';
import { stampOf } from './ffmpeg-input-node.ts';
import {
  codecName,
  fieldOrderOf,
  matrixNames,
  primariesNames,
  rangeNames,
  transferNames,
} from './ffmpeg-names-node.ts';
import { squarePixelSize } from './ffmpeg-video-node.ts';
import { pixelAspectOf } from './pixel-aspect.ts';
import { frameTimingOf } from './frame-timing.ts';
import type { AudioProperties, ContainerDescription, StreamDescription, VideoProperties } from './media-description.ts';
import { orientationOf } from './orientation.ts';
import { bitDepthOf, hasAlpha, hasAlphaBeside } from './pixel-formats.ts';
import { isEncrypted } from './stream-choice-node.ts';

/** Packets between two signs of life. */
const PACKETS_BETWEEN = 1000;
const MICROSECONDS = 1e6;

/** Reads all packets of a file. `onProgress` is called now and then. */
export async function describeContainer(
  container: FFmpegContainer,
  bytes: number,
  onProgress: () => void,
): Promise<ContainerDescription> {
  const { context } = container;
  const measures = context.streams.map((stream) => new StreamMeasure(stream));
  let packets = 0;
  for await (const packet of container.packets()) {
    if (++packets % PACKETS_BETWEEN === 0) onProgress();
    measures.at(packet.streamIndex)?.add(packet);
  }
  return {
    bytes,
    format: context.iformat?.name ?? '',
    formatName: context.iformat?.longName ?? '',
    durationSeconds: inSeconds(context.duration),
    startSeconds: inSeconds(context.startTime),
    bitRate: positive(context.bitRate),
    metadata: context.metadata?.getAll() ?? {},
    streams: measures.map((measure) => measure.describe()),
  };
}

function inSeconds(microseconds: bigint): number | undefined {
  return microseconds === AV_NOPTS_VALUE ? undefined : Number(microseconds) / MICROSECONDS;
}

function positive(value: bigint): number | undefined {
  return value > 0n ? Number(value) : undefined;
}

/** What the packets of a stream tell. */
class StreamMeasure {
  readonly #stream: Stream;
  /** Of video, in the order of the file. */
  readonly #starts: number[] = [];
  #packets = 0;
  #discarded = 0;
  #damaged = 0;
  #encrypted = false;
  #first: number | undefined;
  #last: number | undefined;
  #end: number | undefined;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  add(packet: Packet): void {
    if (this.#packets++ === 0) this.#encrypted = packet.getSideData(AV_PKT_DATA_ENCRYPTION_INFO) !== null;
    if (packet.flags & AV_PKT_FLAG_CORRUPT) this.#damaged++;
    if (packet.flags & AV_PKT_FLAG_DISCARD) {
      this.#discarded++;
      return;
    }
    const { num, den } = this.#stream.timeBase;
    const stamp = stampOf(packet);
    const start = stamp === undefined ? this.#end : (Number(stamp) * num) / den;
    if (start === undefined) return;
    const end = start + (Number(packet.duration) * num) / den;
    this.#first = Math.min(this.#first ?? start, start);
    this.#last = Math.max(this.#last ?? start, start);
    this.#end = Math.max(this.#end ?? end, end);
    if (this.#stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO) this.#starts.push(start);
  }

  describe(): StreamDescription {
    const { index, codecpar, disposition } = this.#stream;
    const metadata = this.#stream.metadata?.getAll() ?? {};
    const { language, title } = metadata;
    const { codecType, codecId, profile } = codecpar;
    const decoder = Codec.findDecoder(codecId);
    const isVideo = codecType === AVMEDIA_TYPE_VIDEO;
    return {
      index,
      kind: kinds[codecType] ?? 'unknown',
      codec: codecName(codecId),
      codecName: decoder?.longName ?? undefined,
      profile: decoder?.profiles?.find((known) => known.profile === profile)?.name,
      decodable: (isVideo || codecType === AVMEDIA_TYPE_AUDIO) && decoder !== null,
      encrypted: this.#encrypted || isEncrypted(this.#stream),
      language: language === 'und' ? undefined : language,
      title,
      dispositions: dispositionNames.filter(([flag]) => disposition & flag).map(([, name]) => name),
      bitRate: positive(codecpar.bitRate),
      packets: this.#packets,
      discardedPackets: this.#discarded,
      damagedPackets: this.#damaged,
      firstSeconds: this.#first,
      lastSeconds: this.#last,
      endSeconds: this.#end,
      video: isVideo ? this.#video(metadata) : undefined,
      audio: codecType === AVMEDIA_TYPE_AUDIO ? audioProperties(this.#stream) : undefined,
      metadata,
    };
  }

  #video(metadata: Readonly<Record<string, string>>): VideoProperties {
    const { codecpar, sampleAspectRatio } = this.#stream;
    const { width: codedWidth, height: codedHeight } = codecpar;
    const aspects = [sampleAspectRatio, codecpar.sampleAspectRatio];
    const { squareWidth, squareHeight } = squarePixelSize(codedWidth, codedHeight, aspects);
    const matrix = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
    const orientation = orientationOf(
      matrix ? Array.from({ length: 9 }, (_, i) => matrix.readInt32LE(4 * i)) : undefined,
    );
    const isTurned = orientation.rotation % 180 !== 0;
    const pixelFormat = avGetPixFmtName(codecpar.format as AVPixelFormat) ?? undefined;
    const colorTransfer = transferNames[codecpar.colorTrc];
    return {
      codedWidth,
      codedHeight,
      width: isTurned ? squareHeight : squareWidth,
      height: isTurned ? squareWidth : squareHeight,
      ...orientation,
      pixelAspect: pixelAspectOf(aspects),
      pixelFormat,
      bitDepth: pixelFormat === undefined ? undefined : bitDepthOf(pixelFormat),
      hasAlpha: hasAlphaBeside(metadata) || (pixelFormat !== undefined && hasAlpha(pixelFormat)),
      colorPrimaries: primariesNames[codecpar.colorPrimaries],
      colorTransfer,
      colorMatrix: matrixNames[codecpar.colorSpace],
      colorRange: rangeNames[codecpar.colorRange],
      hdr: colorTransfer === 'smpte2084' ? 'PQ' : colorTransfer === 'arib-std-b67' ? 'HLG' : undefined,
      fieldOrder: fieldOrders[fieldOrderOf(codecpar)],
      ...this.#timing(),
    };
  }

  #timing(): Pick<VideoProperties, 'frameRate' | 'variableFrameRate'> {
    if (this.#starts.length < 2) return { variableFrameRate: false };
    const times = Float64Array.from(this.#starts).sort();
    return frameTimingOf(times, Math.max(0, this.#end! - times.at(-1)!));
  }
}

function audioProperties({ codecpar }: Stream): AudioProperties {
  const { sampleRate, channelLayout, format, initialPadding } = codecpar;
  return {
    sampleRate,
    numberOfChannels: channelLayout.nbChannels,
    channelLayout: avChannelLayoutDescribe(channelLayout) ?? undefined,
    sampleFormat: avGetSampleFmtName(format as AVSampleFormat) ?? undefined,
    encoderDelay: initialPadding > 0 ? initialPadding : undefined,
  };
}

const kinds: Readonly<Partial<Record<number, StreamDescription['kind']>>> = {
  [AVMEDIA_TYPE_VIDEO]: 'video',
  [AVMEDIA_TYPE_AUDIO]: 'audio',
  [AVMEDIA_TYPE_SUBTITLE]: 'subtitle',
  [AVMEDIA_TYPE_DATA]: 'data',
  [AVMEDIA_TYPE_ATTACHMENT]: 'attachment',
};

const fieldOrders: Readonly<Record<number, VideoProperties['fieldOrder']>> = {
  [AV_FIELD_PROGRESSIVE]: 'progressive',
  [AV_FIELD_TT]: 'top first',
  [AV_FIELD_BT]: 'top first',
  [AV_FIELD_BB]: 'bottom first',
  [AV_FIELD_TB]: 'bottom first',
};

const dispositionNames: readonly (readonly [flag: number, name: string])[] = [
  [AV_DISPOSITION_DEFAULT, 'default'],
  [AV_DISPOSITION_ATTACHED_PIC, 'cover art'],
  [AV_DISPOSITION_STILL_IMAGE, 'still picture'],
  [AV_DISPOSITION_TIMED_THUMBNAILS, 'thumbnails'],
  [AV_DISPOSITION_FORCED, 'forced'],
  [AV_DISPOSITION_ORIGINAL, 'original language'],
  [AV_DISPOSITION_DUB, 'dubbed'],
  [AV_DISPOSITION_COMMENT, 'commentary'],
  [AV_DISPOSITION_LYRICS, 'lyrics'],
  [AV_DISPOSITION_KARAOKE, 'karaoke'],
  [AV_DISPOSITION_CAPTIONS, 'captions'],
  [AV_DISPOSITION_DESCRIPTIONS, 'descriptions'],
  [AV_DISPOSITION_HEARING_IMPAIRED, 'for the hard of hearing'],
  [AV_DISPOSITION_VISUAL_IMPAIRED, 'for the visually impaired'],
];
