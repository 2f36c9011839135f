// The process that encodes and writes media with FFmpeg: a child, so that nothing in native code can end the program or block it.
import { Packet } from 'node-av/lib';
import { LatentSyncError } from '../util/errors.ts';
import { HostPipe } from './host-pipe-node.ts';
import { copiedTrack, encodedTrack, Mp4Muxer, type MuxedTrack } from './mp4-muxer-node.ts';
import { PacketFile, PacketFileWriter } from './packet-file-node.ts';
import { PictureTimes } from './picture-times.ts';
import type { FromWritingHost, ToWritingHost, WrittenPart, WrittenSound } from './writing-host-protocol.ts';
import { createVideoEncoder, describePictures, type VideoEncoder } from './video-encoder-node.ts';

const VIDEO = 0;
const SOUND = 1;

/** The sound track: samples or packets → packets in the file. */
interface SoundTrackHost {
  add(part: WrittenPart, body: Uint8Array<ArrayBuffer>): Promise<void>;
  flush(): Promise<void>;
}

/** What is being written. */
interface Host {
  add(part: WrittenPart, body: Uint8Array<ArrayBuffer>): Promise<void>;
  finish(): Promise<void>;
}

/** Pictures → their packets, in a file. */
class SegmentHost implements Host {
  readonly #encoder: VideoEncoder;
  readonly #file: PacketFileWriter;

  constructor(encoder: VideoEncoder, path: string) {
    this.#encoder = encoder;
    this.#file = new PacketFileWriter(path);
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
    for await (const { pts, dts, isKeyframe, data } of packets) {
      this.#file.addPacket({ shown: Number(pts), decoded: Number(dts), isKey: isKeyframe, data: data! });
    }
  }
}

/** Pictures, encoded or to be, and sound → a video. */
class VideoHost implements Host {
  readonly #encoder: VideoEncoder;
  readonly #times: PictureTimes;
  readonly #muxer: Mp4Muxer;
  readonly #sound: SoundTrackHost | undefined;
  /** Pictures of the segments before. */
  #pictures = 0;
  /** The segment whose packets come next: those of one are written when the times of the next one's pictures are known. */
  #segment: PacketFile | undefined;

  private constructor(encoder: VideoEncoder, times: PictureTimes, muxer: Mp4Muxer, sound: SoundTrackHost | undefined) {
    this.#encoder = encoder;
    this.#times = times;
    this.#muxer = muxer;
    this.#sound = sound;
  }

  static async open({ path, picture, sound }: Extract<ToWritingHost, { type: 'open' }>): Promise<VideoHost> {
    const encoder = await createVideoEncoder(picture);
    const times = new PictureTimes(picture.frameRate, picture.variableFrameRate);
    const track = encodedTrack(encoder.context, times.timeBase);
    const video: MuxedTrack = {
      ...track,
      pixelAspect: picture.tags.pixelAspect,
      describe: (parameters) => {
        track.describe(parameters);
        describePictures(parameters, picture.tags);
      },
    };
    if (!sound) return new VideoHost(encoder, times, await Mp4Muxer.open(path, [video]), undefined);
    const { track: soundTrack, start } = sound.type === 'copied' ? copied(sound) : await encoded(sound);
    const muxer = await Mp4Muxer.open(path, [video, soundTrack]);
    return new VideoHost(encoder, times, muxer, start(muxer));
  }

  async add(part: WrittenPart, body: Uint8Array<ArrayBuffer>): Promise<void> {
    if (part.type === 'segment') return this.#addSegment(await PacketFile.open(part.path));
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

  async #addSegment(next: PacketFile): Promise<void> {
    for (let i = 0; i < next.times.length; i += 2) this.#times.add(next.times[i], next.times[i + 1]);
    await this.#writeSegment();
    this.#segment = next;
  }

  async #writeSegment(): Promise<void> {
    if (!this.#segment) return;
    await using segment = this.#segment;
    this.#segment = undefined;
    for await (const { shown, decoded, isKey, data } of segment.packets()) {
      using packet = new Packet();
      packet.alloc();
      packet.data = data;
      packet.isKeyframe = isKey;
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
    start: (muxer: Mp4Muxer): SoundTrackHost => ({
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
  const { sampleRate, numberOfChannels } = sound;
  // Loaded when it is needed: FFmpeg's filters take as long to load as everything else.
  const { createAacEncoder } = await import('./aac-encoder-node.ts');
  const encoder = await createAacEncoder({ sampleRate, numberOfChannels });
  return {
    track: encodedTrack(encoder.context, encoder.context.timeBase),
    start: (muxer: Mp4Muxer): SoundTrackHost => {
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

let file: Host | undefined;

async function handle(message: ToWritingHost, body: Uint8Array<ArrayBuffer>): Promise<void> {
  switch (message.type) {
    case 'open':
      file =
        message.target === 'segment'
          ? new SegmentHost(await createVideoEncoder(message.picture), message.path)
          : await VideoHost.open(message);
      return;
    case 'finish':
      await file?.finish();
      pipe.send({ type: 'finished' });
      return;
    default:
      await file?.add(message, body);
      pipe.recycle(body);
      pipe.send({ type: 'taken' });
  }
}

let work = Promise.resolve();
const pipe = new HostPipe<ToWritingHost, FromWritingHost>((message, body) => {
  work = work.then(() => handle(message, body));
  work.catch((error: unknown) => {
    const { message: fault, code } = error as NodeJS.ErrnoException;
    if (error instanceof LatentSyncError) pipe.send({ type: 'failed', fault, error: error.toJSON() });
    else pipe.send({ type: 'failed', fault, systemCode: code });
  });
});
pipe.send({ type: 'started' });
