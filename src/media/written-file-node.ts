// Files in the making, in the process that writes them: pictures and sound → packets of a segment, or a whole video.
import {
  AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL,
  AV_PKT_DATA_WEBVTT_IDENTIFIER,
  AV_PKT_DATA_WEBVTT_SETTINGS,
} from 'node-av/constants';
import { Packet } from 'node-av/lib';
import {
  copiedTrack,
  encodedTrack,
  fontTrack,
  Muxer,
  SUBTITLE_TICKS,
  subtitleTrack,
  type MuxedTrack,
} from './muxer-node.ts';
import { PacketFile, PacketFileWriter } from './packet-file-node.ts';
import { PictureTimes } from './picture-times.ts';
import type { ToWritingHost, WrittenPart, WrittenSound } from './writing-host-protocol.ts';
import { createVideoEncoder, describePictures, type VideoEncoder } from './video-encoder-node.ts';

const VIDEO = 0;
/** Where there is any; subtitles and fonts follow. */
const SOUND = 1;

/** The sound track: samples or packets → packets in the file. */
interface SoundTrackHost {
  add(part: WrittenPart, body: Uint8Array<ArrayBuffer>): Promise<void>;
  flush(): Promise<void>;
}

/** A file that is being written. */
export interface WrittenFile {
  /** Takes the next part, and its bytes. */
  add(part: WrittenPart, body: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Completes the file. */
  finish(): Promise<void>;
}

/** What a file is to be. */
export type WrittenFileOptions = Omit<Extract<ToWritingHost, { type: 'open' }>, 'type' | 'target'>;

/** Pictures → their packets, in a file. */
export class WrittenSegment implements WrittenFile {
  readonly #encoder: VideoEncoder;
  readonly #file: PacketFileWriter;

  private constructor(encoder: VideoEncoder, path: string) {
    this.#encoder = encoder;
    this.#file = new PacketFileWriter(path);
  }

  /** Starts a packet file. */
  static async open({ path, picture }: Pick<WrittenFileOptions, 'path' | 'picture'>): Promise<WrittenSegment> {
    return new WrittenSegment(await createVideoEncoder(picture), path);
  }

  async add(part: WrittenPart, body: Uint8Array<ArrayBuffer>): Promise<void> {
    if (part.type !== 'picture') return;
    this.#file.addPicture(part.timestampSeconds, part.durationSeconds);
    await this.#write(this.#encoder.encode(body));
  }

  async finish(): Promise<void> {
    await this.#write(this.#encoder.flush());
    this.#file.finish();
  }

  async #write(packets: AsyncIterable<Packet>): Promise<void> {
    for await (const packet of packets) {
      const { pts, dts, isKeyframe, data } = packet;
      const alpha = packet.getSideData(AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL) ?? undefined;
      this.#file.addPacket({ shown: Number(pts), decoded: Number(dts), isKey: isKeyframe, data: data!, alpha });
    }
  }
}

/** Pictures, encoded or to be, sound and subtitles → a video. */
export class WrittenVideo implements WrittenFile {
  readonly #encoder: VideoEncoder;
  readonly #times: PictureTimes;
  readonly #muxer: Muxer;
  readonly #sound: SoundTrackHost | undefined;
  /** The first track of subtitles. */
  readonly #subtitles: number;
  /** Pictures of the segments before. */
  #pictures = 0;
  /** The segment whose packets come next: those of one are written when the times of the next one's pictures are known. */
  #segment: PacketFile | undefined;

  private constructor(encoder: VideoEncoder, times: PictureTimes, muxer: Muxer, sound: SoundTrackHost | undefined) {
    this.#encoder = encoder;
    this.#times = times;
    this.#muxer = muxer;
    this.#sound = sound;
    this.#subtitles = sound ? SOUND + 1 : SOUND;
  }

  /**
   * Starts a video.
   *
   * @param fontFiles - the fonts, one after another.
   */
  static async open(options: WrittenFileOptions, fontFiles: Uint8Array = new Uint8Array(0)): Promise<WrittenVideo> {
    const { path, container, picture, sound, subtitles = [], fonts = [] } = options;
    const encoder = await createVideoEncoder(picture);
    const times = new PictureTimes(picture);
    const { fileMetadata } = picture.tags;
    const track = encodedTrack(encoder.context, times.timeBase);
    const video: MuxedTrack = {
      ...track,
      pixelAspect: picture.tags.pixelAspect,
      frameRate: times.frameRate,
      metadata: picture.tags.metadata,
      describe: (parameters) => {
        track.describe(parameters);
        describePictures(parameters, picture.tags);
      },
    };
    const soundHost = sound && (sound.type === 'copied' ? copied(sound) : await encoded(sound));
    const tracks: MuxedTrack[] = [video];
    if (soundHost)
      tracks.push({ ...soundHost.track, metadata: sound.language ? { language: sound.language } : undefined });
    tracks.push(...subtitles.map(subtitleTrack));
    let fontStart = 0;
    for (const font of fonts) {
      tracks.push(fontTrack(font, fontFiles.subarray(fontStart, (fontStart += font.byteLength))));
    }
    const muxer = await Muxer.open(path, container, tracks, fileMetadata);
    return new WrittenVideo(encoder, times, muxer, soundHost?.start(muxer));
  }

  async add(part: WrittenPart, body: Uint8Array<ArrayBuffer>): Promise<void> {
    if (part.type === 'segment') return this.#addSegment(await PacketFile.open(part.path));
    if (part.type === 'subtitle') return this.#addSubtitle(part, body);
    if (part.type !== 'picture') return this.#sound?.add(part, body);
    this.#times.add(part.timestampSeconds, part.durationSeconds);
    await this.#writePictures(this.#encoder.encode(body));
  }

  async finish(): Promise<void> {
    await this.#writePictures(this.#encoder.flush());
    await this.#writeSegment();
    await this.#sound?.flush();
    await this.#muxer.finish();
  }

  async #addSubtitle(
    { track, start, duration, identifier, settings }: Extract<WrittenPart, { type: 'subtitle' }>,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    using packet = new Packet();
    packet.alloc();
    packet.data = Buffer.from(body);
    packet.pts = BigInt(Math.round(start * SUBTITLE_TICKS));
    packet.dts = packet.pts;
    packet.duration = BigInt(Math.round(duration * SUBTITLE_TICKS));
    packet.isKeyframe = true;
    for (const [type, text = ''] of [
      [AV_PKT_DATA_WEBVTT_IDENTIFIER, identifier],
      [AV_PKT_DATA_WEBVTT_SETTINGS, settings],
    ] as const) {
      if (text !== '') packet.addSideData(type, Buffer.from(text));
    }
    await this.#muxer.write(this.#subtitles + track, packet);
  }

  async #addSegment(next: PacketFile): Promise<void> {
    for (let i = 0; i < next.times.length; i += 2) this.#times.add(next.times[i], next.times[i + 1]);
    await this.#writeSegment();
    this.#segment = next;
  }

  async #writeSegment(): Promise<void> {
    if (!this.#segment) return;
    await using segment = this.#segment;
    this.#segment = undefined;
    for await (const { shown, decoded, isKey, data, alpha } of segment.packets()) {
      using packet = new Packet();
      packet.alloc();
      packet.data = data;
      packet.isKeyframe = isKey;
      if (alpha) packet.addSideData(AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, alpha);
      await this.#writePicture(packet, this.#pictures + shown, this.#pictures + decoded);
    }
    this.#pictures += segment.pictureCount;
  }

  async #writePictures(packets: AsyncIterable<Packet>): Promise<void> {
    for await (const packet of packets) await this.#writePicture(packet, Number(packet.pts), Number(packet.dts));
  }

  async #writePicture(packet: Packet, shown: number, decoded: number): Promise<void> {
    const { pts, dts, duration } = this.#times.of(shown, decoded);
    packet.pts = BigInt(pts);
    packet.dts = BigInt(dts);
    packet.duration = BigInt(duration);
    await this.#muxer.write(VIDEO, packet);
  }
}

/** Packets of another file. */
function copied(sound: Extract<WrittenSound, { type: 'copied' }>) {
  const { sampleRate, description } = sound;
  const samples = (seconds: number): bigint => BigInt(Math.round(seconds * sampleRate));
  return {
    track: copiedTrack({ ...sound, description: Uint8Array.from(description) }),
    start: (muxer: Muxer): SoundTrackHost => ({
      async add(part, body) {
        if (part.type !== 'packet') return;
        using packet = new Packet();
        packet.alloc();
        packet.data = Buffer.from(body.buffer);
        packet.pts = samples(part.timestampSeconds);
        packet.dts = packet.pts;
        packet.duration = samples(part.durationSeconds);
        packet.isKeyframe = true;
        await muxer.write(SOUND, packet);
      },
      flush: () => Promise.resolve(),
    }),
  };
}

/** Sound that is encoded here. */
async function encoded(sound: Extract<WrittenSound, { type: 'encoded' }>) {
  const { codec, sampleRate, numberOfChannels } = sound;
  // Loaded when it is needed: FFmpeg's filters take as long to load as everything else.
  const { createSoundEncoder } = await import('./sound-encoder-node.ts');
  const encoder = await createSoundEncoder(codec, { sampleRate, numberOfChannels });
  return {
    track: encodedTrack(encoder.context, encoder.context.timeBase),
    start: (muxer: Muxer): SoundTrackHost => {
      const write = async (packets: AsyncIterable<Packet>): Promise<void> => {
        for await (const packet of packets) await muxer.write(SOUND, packet);
      };
      return {
        add: (_part, body) => {
          const length = body.byteLength / 4 / numberOfChannels;
          const channels = Array.from(
            { length: numberOfChannels },
            (_, channel) => new Float32Array(body.buffer, 4 * length * channel, length),
          );
          return write(encoder.encode(channels));
        },
        flush: () => write(encoder.flush()),
      };
    },
  };
}
