// findSeam: rendered clips whose ends move, are blurred or blink repeat at moments that do not; the clip decides, and nothing else.
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import type { FramesOptions, VideoFrameData } from '../media/video-reader.ts';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { ChosenFaces } from './faces/chosen-faces.ts';
import { TrackTable, type TrackTableInput } from './faces/track-table.ts';
import { findSeam, type SeamVideo } from './seam.ts';
import { Timeline, type Extension, type Seam, type TimelineOptions } from './timeline.ts';

const face = PNG.sync.read(readFileSync(new URL('../../test/fixtures/faces/closed.png', import.meta.url)));

/** How a frame looks. */
interface Shown {
  /** Pixels by which the picture is moved to the right. */
  shift?: number;
  /** Pixels over which it is smeared, to both sides. */
  blur?: number;
  eyes?: number;
  hasFace?: boolean;
}

/** Returns the fixture's face, moved and smeared. */
function render({ shift = 0, blur = 0 }: Shown): Image8 {
  const { width, height } = face;
  const image = createImage8(width, height, 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let offset = -blur; offset <= blur; offset++) {
          const from = Math.max(0, Math.min(width - 1, x - shift + offset));
          sum += face.data[4 * (y * width + from) + channel];
        }
        image.data[4 * (y * width + x) + channel] = sum / (2 * blur + 1);
      }
    }
  }
  return image;
}

/** A clip at 25 frames per second of which some frames look other than the rest; notes which are read. */
class Clip implements SeamVideo {
  readonly timestamps: Float64Array;
  readonly read: number[] = [];
  readonly #looks: Readonly<Record<number, Shown>>;

  constructor(frames: number, looks: Readonly<Record<number, Shown>>) {
    this.timestamps = Float64Array.from({ length: frames }, (_, index) => index / 25);
    this.#looks = looks;
  }

  shown(index: number): Shown {
    return this.#looks[index] ?? {};
  }

  *entries(): Generator<TrackTableInput> {
    for (const [sourceIndex, timestampSeconds] of this.timestamps.entries()) {
      const { shift = 0, eyes = 0.3, hasFace = true } = this.shown(sourceIndex);
      const box = { x: 60 + shift, y: 60, width: 130, height: 150 };
      const points = [
        [95 + shift, 100],
        [155 + shift, 100],
        [125 + shift, 140],
      ] as const;
      const faces = hasFace ? [{ track: 0, box, points, bridged: false, eyeOpening: eyes }] : [];
      yield { sourceIndex, timestampSeconds, isCut: false, faces };
    }
  }

  async *frames({ startSeconds = 0, endSeconds = Infinity }: FramesOptions = {}): AsyncGenerator<VideoFrameData, void> {
    for (const [index, timestampSeconds] of this.timestamps.entries()) {
      if (timestampSeconds < startSeconds || timestampSeconds >= endSeconds) continue;
      this.read.push(index);
      const { width, height, data } = await Promise.resolve(render(this.shown(index)));
      const pixels = Uint8ClampedArray.from(data);
      yield { index, sourceIndex: index, timestampSeconds, durationSeconds: 1 / 25, width, height, data: pixels };
    }
  }

  recycle(): void {
    // nothing is used again
  }
}

const FRAMES = 48;

/** Returns the seam of a clip of 48 frames of which some look other than the rest. */
async function seamOf(
  extend: Extension,
  looks: Readonly<Record<number, Shown>>,
  options: Partial<TimelineOptions> & { frames?: number } = {},
): Promise<Seam | undefined> {
  const { frames = FRAMES, ...more } = options;
  const clip = new Clip(frames, looks);
  return findSeam(timelineOf(clip, { speeches: [{ rows: 4 * frames }], extend, ...more }), await facesOf(clip), clip);
}

async function facesOf(clip: Clip): Promise<ChosenFaces> {
  return ChosenFaces.of(await TrackTable.from(clip.entries()), 'largest', 'clip.mp4')[0];
}

function timelineOf(
  { timestamps }: Clip,
  options: Partial<TimelineOptions> & { speeches: TimelineOptions['speeches'] },
): Timeline {
  const info = { frameRate: 25, variableFrameRate: false, durationSeconds: timestamps.length / 25 };
  return new Timeline({ timestamps, leadSeconds: 0, info }, { length: 'audio', ...options });
}

describe.each(['pingpong', 'loop', 'hold'] as const)('the seam of %s', (extend) => {
  it('lies at the ends of a clip in which nothing moves', async () => {
    expect(await seamOf(extend, {})).toEqual({ first: 0, last: 47 });
  });

  it('keeps clear of blurred frames', async () => {
    const blurred = { 0: { blur: 3 }, 1: { blur: 3 }, 46: { blur: 4 }, 47: { blur: 4 } };
    expect(await seamOf(extend, blurred)).toEqual({ first: extend === 'hold' ? 0 : 2, last: 45 });
  });

  it('keeps clear of closing eyes', async () => {
    const blinking = { 0: { eyes: 0.12 }, 45: { eyes: 0.25 }, 46: { eyes: 0.15 }, 47: { eyes: 0.05 } };
    expect(await seamOf(extend, blinking)).toEqual({ first: extend === 'hold' ? 0 : 1, last: 44 });
  });

  it('keeps clear of frames in which the face is not found', async () => {
    const gone = { 0: { hasFace: false }, 47: { hasFace: false } };
    expect(await seamOf(extend, gone)).toEqual({ first: extend === 'hold' ? 0 : 1, last: 46 });
  });

  it('is not looked for where nothing repeats, or next to nothing would be left', async () => {
    const blurred = { 0: { blur: 3 }, 5: { blur: 4 }, 47: { blur: 4 } };
    expect(await seamOf(extend, blurred, { speeches: [{ rows: 90 }] })).toBeUndefined();
    const kept = await seamOf(extend, blurred, { frames: 6 });
    expect(kept).toEqual({ first: 0, last: 5 });
  });

  it('lies within the part that is shown, at its rate', async () => {
    const part = { startSeconds: 0.08, endSeconds: 1.84, fps: 50 };
    expect(await seamOf(extend, { 45: { blur: 3 } }, part)).toEqual({ first: 0, last: 85 });
  });
});

it('pingpong turns, and hold stops, where the picture is still', async () => {
  const moving = {
    ...Object.fromEntries([0, 1, 2].map((index) => [index, { shift: 6 - 2 * index }])),
    ...Object.fromEntries([44, 45, 46, 47].map((index) => [index, { shift: 3 * (index - 43) }])),
  };
  expect(await seamOf('pingpong', moving)).toEqual({ first: 3, last: 43 });
  expect(await seamOf('hold', moving)).toEqual({ first: 0, last: 43 });
});

it('loop goes on where the picture is as before', async () => {
  const moving = {
    ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((index) => [index, { shift: 3 * index }])),
    ...Object.fromEntries([41, 42, 43, 44, 45, 46, 47].map((index) => [index, { shift: 12 - 4 * (index - 41) }])),
  };
  // Frame 4 is at 12, as is frame 41, which is too far from the end; both 0 and 44 are at 0.
  expect(await seamOf('loop', moving)).toEqual({ first: 0, last: 44 });
});

it('is looked for in the frames near the ends, and in no others', async () => {
  const clip = new Clip(FRAMES, {});
  await findSeam(timelineOf(clip, { speeches: [{ rows: 200 }] }), await facesOf(clip), clip);
  // Within an eighth of the 47/25 s between the first and the last frame, and one more that tells how much the innermost moves.
  expect(clip.read.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 41, 42, 43, 44, 45, 46, 47]);
});

it('is not chosen where nobody has looked for faces', async () => {
  const clip = new Clip(FRAMES, {});
  expect(
    await findSeam(
      timelineOf(clip, { speeches: [{ rows: 200 }] }),
      new ChosenFaces(await TrackTable.from([]), []),
      clip,
    ),
  ).toBeUndefined();
  expect(clip.read).toEqual([]);
});
