// Interlaced frames as whole pictures, in the media process: both fields of a frame become one picture (bwdif), at the frame's rate.
import { AV_FIELD_BB, AV_FIELD_TB, AV_FRAME_FLAG_INTERLACED } from 'node-av/constants';
import { Frame, type Stream } from 'node-av/lib';
import type { FilterAPI } from 'node-av/api';
import { decodedFrames } from './ffmpeg-decoder-node.ts';
import type { FFmpegInput } from './ffmpeg-input-node.ts';
import { fieldOrderOf } from './ffmpeg-names-node.ts';
import { MediaFault } from './media-fault.ts';
import type { HostLimits } from './media-host-protocol.ts';
import type { Deinterlacing } from './stream-options.ts';

/** Passes frames on, those with two fields as whole pictures. All have time stamps. */
export async function* deinterlaced(
  frames: AsyncGenerator<Frame, void, undefined>,
  stream: Stream,
  deinterlace: Deinterlacing,
): AsyncGenerator<Frame, void, undefined> {
  if (deinterlace === 'off') {
    yield* frames;
    return;
  }
  let filter: FilterAPI | undefined;
  try {
    for await (const frame of frames) {
      if (!filter && deinterlace === 'auto' && !(frame.flags & AV_FRAME_FLAG_INTERLACED)) {
        yield frame;
        continue;
      }
      using source = frame;
      filter ??= await createDeinterlacer(stream, deinterlace);
      await filter.process(source);
      yield* filtered(filter);
    }
    if (filter) {
      await filter.process(null);
      yield* filtered(filter);
    }
  } finally {
    filter?.close();
  }
}

/** The filters are loaded when they are needed: they take as long to load as everything else together. */
async function createDeinterlacer({ codecpar }: Stream, deinterlace: Deinterlacing): Promise<FilterAPI> {
  const { FilterAPI } = await import('node-av/api');
  if (deinterlace === 'auto') return FilterAPI.create('bwdif=mode=send_frame:deint=interlaced');
  // Frames without the mark do not say which field comes first; without a word from the container it is the upper one.
  const order = fieldOrderOf(codecpar);
  const parity = order === AV_FIELD_BB || order === AV_FIELD_TB ? 'bff' : 'auto';
  return FilterAPI.create(`bwdif=mode=send_frame:deint=all:parity=${parity}`);
}

async function* filtered(filter: FilterAPI): AsyncGenerator<Frame, void, undefined> {
  for (;;) {
    const frame = await filter.receive();
    if (!(frame instanceof Frame)) return;
    yield frame;
  }
}

/** How many frames tell whether a video is interlaced. */
const FIRST_FRAMES = 8;

/** Whether any of the first frames of a video is marked as interlaced; false when there is none. */
export async function beginsInterlaced(open: () => Promise<FFmpegInput>, limits: HostLimits): Promise<boolean> {
  let input: FFmpegInput | undefined;
  try {
    input = await open();
    let frames = 0;
    for await (const decoded of decodedFrames(input, input.packets(), limits)) {
      using frame = decoded;
      if (frame.flags & AV_FRAME_FLAG_INTERLACED) return true;
      if (++frames === FIRST_FRAMES) return false;
    }
    return false;
  } catch (error) {
    if (error instanceof MediaFault) return false; // describing the video says what is wrong
    throw error;
  } finally {
    await input?.close();
  }
}
