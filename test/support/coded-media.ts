// Media files in any codec and container that FFmpeg writes, for tests of what reads them: pictures and sound are given, the rest is chosen.
import {
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_LOG_QUIET,
  AV_PIX_FMT_RGBA,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_WEBVTT_IDENTIFIER,
  AV_PKT_DATA_WEBVTT_SETTINGS,
  AV_SAMPLE_FMT_FLTP,
  type AVCodecID,
  type AVDisposition,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVFMT_FLAG_BITEXACT,
  AVFMT_GLOBALHEADER,
  AVFMT_NOFILE,
  AVMEDIA_TYPE_ATTACHMENT,
  AVMEDIA_TYPE_SUBTITLE,
  avChannelLayoutDefault,
  Codec,
  CodecContext,
  Dictionary,
  type FFEncoderCodec,
  FFmpegError,
  FilterAPI,
  FormatContext,
  Frame,
  Log,
  Packet,
  Rational,
  type Stream,
} from 'node-av';

Log.setLevel(AV_LOG_QUIET);

type Options = Readonly<Record<string, string | number>>;

/** Pictures to encode, and how. */
export interface CodedPictures {
  /** FFmpeg's name of the encoder. */
  encoder: string;
  /** FFmpeg's name of the pixel format. Default `yuv420p`. */
  pixels?: string;
  width: number;
  height: number;
  /** The width of a pixel in its heights. Default 1. */
  pixelAspect?: number;
  /** RGBA, in order of time. */
  pictures: readonly Uint8ClampedArray<ArrayBuffer>[];
  /** Default 25. */
  frameRate?: number;
  /** The number of frames before the first picture. Default 0. */
  start?: number;
  /** The matrix of Y'CbCr, as the filter `scale` calls it. Default `bt601`. */
  matrix?: string;
  /** Options of the encoder. */
  options?: Options;
  /** How players turn the pictures: a matrix of nine numbers, row by row. */
  displayMatrix?: readonly number[];
  disposition?: AVDisposition;
}

/** Sound to encode, and how. */
export interface CodedSound {
  /** FFmpeg's name of the encoder. */
  encoder: string;
  /** FFmpeg's name of the sample format. Default `fltp`. */
  samples?: string;
  sampleRate: number;
  /** FFmpeg's name of the channel layout. Default: the usual one for the number of channels. */
  layout?: string;
  channels: readonly Float32Array<ArrayBuffer>[];
  /** Options of the encoder. */
  options?: Options;
}

/** Subtitles, as their packets have them. */
export interface CodedSubtitles {
  codec: AVCodecID;
  header?: Uint8Array;
  metadata?: Readonly<Record<string, string>>;
  disposition?: AVDisposition;
  cues: readonly {
    /** Seconds. */
    start: number;
    /** Seconds; 0 where nothing tells. */
    duration: number;
    data: string | Uint8Array;
    /** WebVTT. */
    identifier?: string;
    settings?: string;
  }[];
}

/** A file inside a file. */
export interface CodedAttachment {
  codec: AVCodecID;
  name: string;
  mimeType: string;
  data: Uint8Array;
}

/** A file to write. */
export interface CodedFile {
  /** FFmpeg's name of the container. */
  format: string;
  video?: readonly CodedPictures[];
  audio?: readonly CodedSound[];
  subtitles?: readonly CodedSubtitles[];
  attachments?: readonly CodedAttachment[];
  /** What the streams of video and audio are called, by FFmpeg's names, in their order. */
  metadata?: readonly Readonly<Record<string, string>>[];
  /** Options of the container. */
  options?: Options;
}

/** What one encoder made. */
interface Encoded {
  context: CodecContext;
  packets: Packet[];
  displayMatrix?: readonly number[];
  disposition?: AVDisposition;
}

/** Writes a media file. The same call always writes the same bytes. */
export async function writeCoded(path: string, file: CodedFile): Promise<void> {
  const { format, video = [], audio = [], subtitles = [], attachments = [], metadata = [], options = {} } = file;
  const context = new FormatContext();
  check(context.allocOutputContext2(null, format, path), `write ${format}`);
  const encoded: Encoded[] = [];
  try {
    context.setFlags(AVFMT_FLAG_BITEXACT);
    const globalHeader = context.oformat!.hasFlags(AVFMT_GLOBALHEADER);
    for (const pictures of video) encoded.push(await encodePictures(pictures, globalHeader));
    for (const sound of audio) encoded.push(await encodeSound(sound, globalHeader));
    for (const [index, { context: encoder, displayMatrix, disposition }] of encoded.entries()) {
      const stream = context.newStream();
      if (index in metadata) stream.metadata = Dictionary.fromObject(metadata[index]);
      stream.timeBase = encoder.timeBase;
      stream.avgFrameRate = encoder.framerate;
      check(stream.codecpar.fromContext(encoder), 'describe a stream');
      if (displayMatrix) stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, int32Bytes(displayMatrix));
      if (disposition !== undefined) stream.disposition = disposition;
    }
    for (const track of subtitles) describeSubtitles(context.newStream(), track);
    for (const attachment of attachments) describeAttachment(context.newStream(), attachment);
    if (!context.oformat!.hasFlags(AVFMT_NOFILE)) check(await context.openOutput(), `create ${path}`);
    using dictionary = Dictionary.fromObject({ ...options });
    check(await context.writeHeader(dictionary), `begin ${format}`);
    for (const [index, { context: encoder, packets }] of encoded.entries()) {
      for (const packet of packets) {
        packet.streamIndex = index;
        packet.rescaleTs(encoder.timeBase, context.streams[index].timeBase);
        check(await context.interleavedWriteFrame(packet), `write ${format}`);
      }
    }
    for (const [index, { cues }] of subtitles.entries()) {
      for (const cue of cues) {
        using packet = subtitlePacket(cue);
        packet.streamIndex = encoded.length + index;
        packet.rescaleTs(new Rational(1, 1000), context.streams[packet.streamIndex].timeBase);
        check(await context.interleavedWriteFrame(packet), `write ${format}`);
      }
    }
    check(await context.writeTrailer(), `finish ${format}`);
  } finally {
    for (const { context: encoder, packets } of encoded) {
      for (const packet of packets) packet.free();
      encoder.freeContext();
    }
    if (!context.oformat!.hasFlags(AVFMT_NOFILE)) await context.closeOutput();
    context.freeContext();
  }
}

function describeSubtitles(stream: Stream, { codec, header, metadata, disposition }: CodedSubtitles): void {
  stream.timeBase = new Rational(1, 1000);
  stream.codecpar.codecType = AVMEDIA_TYPE_SUBTITLE;
  stream.codecpar.codecId = codec;
  if (header) stream.codecpar.extradata = Buffer.from(header);
  if (metadata) stream.metadata = Dictionary.fromObject(metadata);
  if (disposition !== undefined) stream.disposition = disposition;
}

function describeAttachment(stream: Stream, { codec, name, mimeType, data }: CodedAttachment): void {
  stream.codecpar.codecType = AVMEDIA_TYPE_ATTACHMENT;
  stream.codecpar.codecId = codec;
  stream.codecpar.extradata = Buffer.from(data);
  stream.metadata = Dictionary.fromObject({ filename: name, mimetype: mimeType });
}

function subtitlePacket({ start, duration, data, identifier, settings }: CodedSubtitles['cues'][number]): Packet {
  const packet = new Packet();
  packet.alloc();
  packet.data = Buffer.from(data as string);
  packet.pts = BigInt(Math.round(1000 * start));
  packet.dts = packet.pts;
  packet.duration = BigInt(Math.round(1000 * duration));
  packet.isKeyframe = true;
  if (identifier !== undefined) packet.addSideData(AV_PKT_DATA_WEBVTT_IDENTIFIER, Buffer.from(identifier));
  if (settings !== undefined) packet.addSideData(AV_PKT_DATA_WEBVTT_SETTINGS, Buffer.from(settings));
  return packet;
}

/** Encodes a picture as a file of its own, such as PNG or BMP, and returns it. */
export async function encodeStill(pictures: CodedPictures): Promise<Buffer> {
  const { context, packets } = await encodePictures(pictures, false);
  const bytes = Buffer.concat(packets.map((packet) => packet.data!));
  for (const packet of packets) packet.free();
  context.freeContext();
  return bytes;
}

async function encodePictures(pictures: CodedPictures, globalHeader: boolean): Promise<Encoded> {
  const { encoder, width, height, frameRate = 25, start = 0, pixels = 'yuv420p', matrix = 'bt601' } = pictures;
  const { pixelAspect = 1 } = pictures;
  const timeBase = new Rational(1, frameRate);
  const given = pictures.pictures.map((rgba, index) =>
    Frame.fromVideoBuffer(Buffer.from(rgba.buffer), {
      width,
      height,
      format: AV_PIX_FMT_RGBA,
      pts: BigInt(start + index),
      timeBase,
      sampleAspectRatio: { num: pixelAspect, den: 1 },
    }),
  );
  const frames = await filtered(given, `scale=out_color_matrix=${matrix}:flags=accurate_rnd,format=${pixels}`);
  const encoded = await encode(encoder, frames, pictures.options, (context, first) => {
    context.width = first.width;
    context.height = first.height;
    context.pixelFormat = first.format as typeof context.pixelFormat;
    context.sampleAspectRatio = new Rational(pixelAspect, 1);
    context.colorRange = first.colorRange;
    context.timeBase = timeBase;
    context.framerate = new Rational(frameRate, 1);
    if (globalHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  });
  const { displayMatrix, disposition } = pictures;
  return { ...encoded, displayMatrix, disposition };
}

async function encodeSound(sound: CodedSound, globalHeader: boolean): Promise<Encoded> {
  const { encoder, samples = 'fltp', sampleRate, channels, layout, options } = sound;
  const timeBase = new Rational(1, sampleRate);
  const given = Frame.fromAudioBuffer(Buffer.concat(channels.map(({ buffer }) => Buffer.from(buffer))), {
    nbSamples: channels[0].length,
    format: AV_SAMPLE_FMT_FLTP,
    sampleRate,
    channelLayout: avChannelLayoutDefault(channels.length),
    pts: 0n,
    timeBase,
  });
  const frames = await filtered([given], `aformat=sample_fmts=${samples}${layout ? `:channel_layouts=${layout}` : ''}`);
  return encode(encoder, frames, options, (context, first) => {
    context.sampleRate = sampleRate;
    context.channelLayout = first.channelLayout;
    context.sampleFormat = first.format as typeof context.sampleFormat;
    context.timeBase = timeBase;
    if (globalHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  });
}

/** Passes frames through a filter; frees them. */
async function filtered(frames: readonly Frame[], description: string): Promise<Frame[]> {
  const filter = FilterAPI.create(description);
  const results: Frame[] = [];
  try {
    for (const frame of [...frames, null]) {
      await filter.process(frame);
      frame?.free();
      for (;;) {
        const result = await filter.receive();
        if (!(result instanceof Frame)) break;
        results.push(result);
      }
    }
    return results;
  } finally {
    filter.close();
  }
}

/** Encodes frames; frees them. */
async function encode(
  name: string,
  frames: readonly Frame[],
  options: Options = {},
  setUp: (context: CodecContext, first: Frame) => void,
): Promise<Encoded> {
  const codec = Codec.findEncoderByName(name as FFEncoderCodec);
  if (!codec) throw new Error(`FFmpeg has no encoder ${name}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  setUp(context, frames[0]);
  context.setFlags(AV_CODEC_FLAG_BITEXACT);
  context.threadCount = 1;
  using dictionary = Dictionary.fromObject({ strict: 'experimental', ...options });
  check(await context.open2(codec, dictionary), `open ${name}`);
  const { frameSize } = context;
  const portions = frameSize > 0 ? await filtered(frames, `asetnsamples=n=${frameSize}:p=0`) : frames;
  const packets: Packet[] = [];
  for (const frame of [...portions, null]) {
    check(await context.sendFrame(frame), `encode ${name}`);
    frame?.free();
    for (;;) {
      const packet = new Packet();
      packet.alloc();
      const result = await context.receivePacket(packet);
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) break;
      check(result, `encode ${name}`);
      packets.push(packet);
    }
  }
  return { context, packets };
}

function int32Bytes(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeInt32LE(value, 4 * index));
  return bytes;
}

function check(result: number, action: string): void {
  FFmpegError.throwIfError(result, action);
}
