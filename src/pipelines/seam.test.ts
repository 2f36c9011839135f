// findSeam: rendered clips whose ends move, are blurred or blink repeat at moments that do not; the clip decides, and nothing else.
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { FrameMeter } from '../vision/frame-meter.ts';
import { TrackTable, type TrackTableEntry } from './faces/track-table.ts';
import { findSeam } from './seam.ts';
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

const FRAMES = 48;
/** Frames at each end that a seam may lie at: an eighth of 47/25 s. */
const SEARCHED = 6;

/** Returns the seam of a clip of 48 frames at 25 per second, of which some look other than the rest. */
async function seamOf(
  extend: Extension,
  looks: Readonly<Record<number, Shown>>,
  options: Partial<TimelineOptions> & { frames?: number } = {},
): Promise<Seam | undefined> {
  const { frames = FRAMES, ...more } = options;
  const meter = new FrameMeter();
  const entries = Array.from({ length: frames }, (_, sourceIndex): TrackTableEntry => {
    const shown = looks[sourceIndex] ?? {};
    const { shift = 0, eyes = 0.3, hasFace = true } = shown;
    const isNear = sourceIndex <= SEARCHED || sourceIndex >= frames - SEARCHED - 1;
    const box = { x: 60 + shift, y: 60, width: 130, height: 150 };
    const points = [
      [95 + shift, 100],
      [155 + shift, 100],
      [125 + shift, 140],
    ] as const;
    return {
      sourceIndex,
      timestampSeconds: sourceIndex / 25,
      isCut: false,
      face: hasFace ? { track: 0, box, points, bridged: false, eyeOpening: eyes } : undefined,
      measures: meter.measure(isNear ? render(shown) : createImage8(8, 8, 4), hasFace ? box : undefined),
    };
  });
  const source = {
    timestamps: Float64Array.from({ length: frames }, (_, index) => index / 25),
    leadSeconds: 0,
    info: { frameRate: 25, variableFrameRate: false, durationSeconds: frames / 25 },
  };
  const timeline = new Timeline(source, { audioRows: 4 * frames, length: 'audio', extend, ...more });
  return findSeam(timeline, await TrackTable.from(entries));
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
    expect(await seamOf(extend, blurred, { audioRows: 90 })).toBeUndefined();
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

it('is not chosen without measures', async () => {
  const table = await TrackTable.from([
    { sourceIndex: 0, timestampSeconds: 0, isCut: false, face: undefined },
    { sourceIndex: 1, timestampSeconds: 0.04, isCut: false, face: undefined },
  ]);
  const source = {
    timestamps: Float64Array.of(0, 0.04),
    leadSeconds: 0,
    info: { frameRate: 25, variableFrameRate: false, durationSeconds: 0.08 },
  };
  expect(findSeam(new Timeline(source, { audioRows: 50, length: 'audio' }), table)).toBeUndefined();
});
