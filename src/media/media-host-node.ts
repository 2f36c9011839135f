// The process that reads media with FFmpeg: a child, because what is in a file can end, block or bloat the process that decodes it.
import { fstatSync, openSync, readSync } from 'node:fs';
import { describeVideo, readFrames } from './ffmpeg-video-node.ts';
import { FFmpegContainer, type FileBytes } from './ffmpeg-container-node.ts';
import { beginsInterlaced } from './ffmpeg-deinterlacer-node.ts';
import { describeContainer } from './ffmpeg-description-node.ts';
import { FFmpegInput } from './ffmpeg-input-node.ts';
import { believedTimes, type FrameTimes } from './frame-times.ts';
import { describeAudio, readPackets, readSound } from './ffmpeg-sound-node.ts';
import { readFonts, readSubtitles } from './ffmpeg-subtitles-node.ts';
import { mediaDecoders } from './ffmpeg-decoders-node.ts';
import { HostPipe } from './host-pipe-node.ts';
import { COPY_AGAIN, MediaFault } from './media-fault.ts';
import type {
  FileDescription,
  FromHost,
  HostFault,
  HostLimits,
  HostSource,
  HostStreams,
  MediaRequest,
  ToHost,
} from './media-host-protocol.ts';
import { bestStream } from './stream-choice-node.ts';

const pipe = new HostPipe<ToHost, FromHost>(receive);

class LocalFile implements FileBytes {
  readonly immediate = true;
  readonly size: number;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    this.size = fstatSync(this.#descriptor).size;
  }

  read(offset: number, length: number, into: (length: number) => Buffer): Buffer {
    const part = into(length);
    return part.subarray(0, readSync(this.#descriptor, part, 0, length, offset));
  }
}

/** Bytes that the other process has. */
class ForeignBytes implements FileBytes {
  readonly immediate = false;
  readonly size: number;
  readonly #waiting = new Map<number, (bytes: Buffer) => void>();
  #reads = 0;

  constructor(size: number) {
    this.size = size;
  }

  read(offset: number, length: number): Promise<Buffer> {
    const read = this.#reads++;
    return new Promise((resolve) => {
      this.#waiting.set(read, resolve);
      pipe.send({ type: 'read', read, offset, length });
    });
  }

  answer(read: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#waiting.get(read)?.(Buffer.from(bytes.buffer));
    this.#waiting.delete(read);
  }
}

/** Limits the items on their way to those that the other side has asked for. */
class Credit {
  #credit: number;
  #wake: (() => void) | undefined;
  stopped = false;

  constructor(credit: number) {
    this.#credit = credit;
  }

  async take(): Promise<void> {
    while (this.#credit === 0 && !this.stopped) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#credit--;
  }

  give(): void {
    this.#credit++;
    this.#wake?.();
  }

  stop(): void {
    this.stopped = true;
    this.#wake?.();
  }
}

let bytes: LocalFile | ForeignBytes | undefined;
let source: HostSource | undefined;
let limits: HostLimits = { pixels: 0, streams: 0, ...believedTimes };
let streams: HostStreams = {};
/** What the description of the video found out. */
let frameTimes: Pick<FrameTimes, 'shifts' | 'strays'> = { shifts: [], strays: [] };
const running = new Map<number, Credit>();

function openContainer(): Promise<FFmpegContainer> {
  if (!source) throw new Error('no file is open');
  bytes ??= 'path' in source ? new LocalFile(source.path) : new ForeignBytes(source.size);
  return FFmpegContainer.open(bytes, source.extension, limits);
}

async function open(kind: keyof HostStreams): Promise<FFmpegInput> {
  const container = await openContainer();
  try {
    return new FFmpegInput(container, kind, streams[kind]);
  } catch (error) {
    await container.close();
    throw error;
  }
}

async function describeFile(onProgress: () => void): Promise<FileDescription> {
  const container = await openContainer();
  try {
    return {
      container: await describeContainer(container, bytes!.size, onProgress),
      video: bestStream(container.context.streams, 'video')?.index,
      audio: bestStream(container.context.streams, 'audio')?.index,
      interlaced: await beginsInterlaced(() => open('video'), limits),
    };
  } finally {
    await container.close();
  }
}

/** An item of an answer, and its bytes. */
interface Answer {
  item: object;
  body?: Uint8Array;
  /** Called when the bytes are no longer needed. */
  release?: () => void;
}

/** Does what is asked for, item by item. */
async function* answer(request: MediaRequest): AsyncGenerator<Answer, void, undefined> {
  const progress = (): void => {
    pipe.send({ type: 'progress' });
  };
  const openVideo = (): Promise<FFmpegInput> => open('video');
  const openAudio = (): Promise<FFmpegInput> => open('audio');
  switch (request.type) {
    case 'describe-file':
      yield { item: await describeFile(progress) };
      return;
    case 'describe-video': {
      const { description, times } = await describeVideo(openVideo, limits, progress);
      frameTimes = times;
      yield { item: description, body: Buffer.concat([new Uint8Array(times.timestamps.buffer), times.repeats]) };
      return;
    }
    case 'describe-audio':
      yield { item: await describeAudio(openAudio, limits, progress) };
      return;
    case 'frames':
      for await (const { header, pixels, release } of readFrames(openVideo, request, frameTimes, limits)) {
        yield { item: header, body: pixels, release };
      }
      return;
    case 'sound':
      for await (const { header, samples } of readSound(openAudio, request, limits)) {
        yield { item: header, body: new Uint8Array(samples.buffer) };
      }
      return;
    case 'packets':
      for await (const { header, data } of readPackets(openAudio)) yield { item: header, body: data };
      return;
    case 'subtitles': {
      const container = await openContainer();
      try {
        for await (const { header, data } of readSubtitles(container, request, progress)) {
          yield { item: header, body: data };
        }
      } finally {
        await container.close();
      }
      return;
    }
    case 'fonts': {
      const container = await openContainer();
      try {
        for (const body of readFonts(container, request.streams)) yield { item: {}, body };
      } finally {
        await container.close();
      }
      return;
    }
    case 'list-decoders':
      yield { item: mediaDecoders() };
      return;
  }
}

async function serve(id: number, request: MediaRequest, credit: Credit): Promise<void> {
  const items = answer(request);
  try {
    for (;;) {
      await credit.take();
      if (credit.stopped) break;
      const next = await items.next();
      if (next.done) {
        pipe.send({ type: 'end', id });
        break;
      }
      const { item, body, release } = next.value;
      pipe.send({ type: 'item', id, item }, body, release);
    }
  } catch (error) {
    pipe.send({ type: 'error', id, error: faultOf(error) });
  } finally {
    running.delete(id);
    // A generator that is not finished closes its file.
    await items.return().catch(() => undefined);
  }
}

function faultOf(error: unknown): HostFault {
  if (error instanceof MediaFault) return error.fault;
  const { message, code } = error as NodeJS.ErrnoException;
  return { code: 'media-unreadable', fault: `cannot be read: ${message}`, remedy: COPY_AGAIN, systemCode: code };
}

function receive(message: ToHost, body: Uint8Array<ArrayBuffer>): void {
  switch (message.type) {
    case 'open':
      ({ source, limits, streams } = message);
      return;
    case 'start': {
      const credit = new Credit(message.credit);
      running.set(message.id, credit);
      void serve(message.id, message.request, credit);
      return;
    }
    case 'more':
      running.get(message.id)?.give();
      return;
    case 'stop':
      running.get(message.id)?.stop();
      return;
    case 'bytes':
      if (bytes instanceof ForeignBytes) bytes.answer(message.read, body);
  }
}

pipe.send({ type: 'progress' });
