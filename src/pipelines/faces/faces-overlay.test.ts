// The overlay: what it says of each face, where a mouth is drawn, and how large its lines and labels are. And how usable faces are, in words.
import { describe, expect, it } from 'vitest';
import { facesText } from '../../cli/faces-text.ts';
import type { VideoFrameData } from '../../media/video-reader.ts';
import { createImage8 } from '../../tensor/image.ts';
import { drawLabel, labelSize, type PaintColor } from '../../vision/annotate.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import { ChosenFaces } from './chosen-faces.ts';
import { FacesOverlay } from './faces-overlay.ts';
import { facesSummary } from './faces-summary.ts';
import { personColor } from './person-color.ts';
import type { FrameFace } from './track-faces.ts';
import { TrackTable, type TrackTableInput } from './track-table.ts';

const [WHITE, BLACK] = [[255, 255, 255] as const, [0, 0, 0] as const];
/** Frames in which the first person is turned away. */
const TURNED = 10;
const FRAMES = 30;

/** Two people of whom the first is larger, and turned away for some frames; in the last frame nobody. */
function table(side: number): Promise<TrackTable> {
  const faceAt = (track: number, x: number, width: number, turn: number): FrameFace => {
    const points = [[x + 0.2 * width, 0.5 * side], [x + 0.8 * width, 0.5 * side], [x + 0.5 * width, 0.5 * side + 0.3 * width]]; // prettier-ignore
    const box = { x, y: 0.3 * side, width, height: 1.3 * width };
    return { track, box, points: points as unknown as AlignmentPoints, bridged: track === 1, turn };
  };
  const entries = Array.from({ length: FRAMES }, (_, index): TrackTableInput => {
    const turn = index < TURNED ? 80 : 0;
    const faces = [faceAt(0, 0.1 * side, 0.3 * side, turn), faceAt(1, 0.6 * side, 0.2 * side, 0)];
    return { sourceIndex: index, timestampSeconds: index / 25, isCut: false, faces: index < FRAMES - 1 ? faces : [] };
  });
  return TrackTable.from(entries);
}

async function drawn(sourceIndex: number, side: number): Promise<VideoFrameData> {
  const found = await table(side);
  // The file begins a tenth of a second before its first picture; from the 28th frame on, nobody is chosen.
  const lanes = ChosenFaces.of(found, 1, 'talk.mp4').map((faces) => ({
    faces,
    stretch: { face: 1, speech: 0, endSeconds: 1.18 },
  }));
  const overlay = new FacesOverlay(found, lanes, 0.1);
  const data = new Uint8ClampedArray(side * side * 4).fill(128);
  const timestampSeconds = sourceIndex / 25;
  const frame = {
    index: sourceIndex,
    sourceIndex,
    timestampSeconds,
    durationSeconds: 0.04,
    width: side,
    height: side,
    data,
  };
  overlay.draw(frame);
  return frame;
}

/** Whether a label stands in a frame with its corner at a place. */
function hasLabel({ width, height, data }: VideoFrameData, text: string, x: number, y: number, background: PaintColor) {
  const scale = Math.max(1, Math.round(width / 240));
  const expected = createImage8(width, height, 4, new Uint8ClampedArray(data));
  drawLabel(expected, text, x, y, { color: background === BLACK ? WHITE : BLACK, background, scale });
  return expected.data.every((value, index) => value === data[index]);
}

/** The pixels inside the box of a frame that are white. */
function whiteIn({ width, data }: VideoFrameData, left: number, right: number): number {
  let count = 0;
  for (let i = 0; i < width * width; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x >= left && x < right && y > 0.5 * width && y < 0.9 * width && data[4 * i] > 250 && data[4 * i + 1] > 250)
      count++;
  }
  return count;
}

describe.each([200, 960])('the overlay of a picture %i pixels wide', (side) => {
  const scale = Math.max(1, Math.round(side / 240));
  const [top, right] = [0.3 * side - 9 * scale - scale, labelSize('2', scale).width];

  it('draws the mask of the chosen face, and tells why others are not changed', async () => {
    const frame = await drawn(20, side);
    expect(hasLabel(frame, '1', 0.1 * side, top, personColor(1))).toBe(true);
    expect(hasLabel(frame, '0.800 S  FRAME 20', 0, side - 9 * scale, BLACK)).toBe(true);
    expect(whiteIn(frame, 0, side / 2)).toBeGreaterThan(side / 5);
    expect(whiteIn(frame, side / 2, side)).toBe(0);
    const reasons =
      labelSize('2', scale).width + labelSize('NOT CHOSEN', scale).width + labelSize('BRIDGED', scale).width;
    const left = Math.max(0, Math.min(0.6 * side, side - reasons));
    expect(hasLabel(frame, 'NOT CHOSEN', left + right, top, BLACK)).toBe(true);
    expect(hasLabel(frame, 'BRIDGED', left + right + labelSize('NOT CHOSEN', scale).width, top, BLACK)).toBe(true);
  });

  it('draws no mask where the chosen face cannot be redrawn, and says why', async () => {
    const frame = await drawn(2, side);
    expect(hasLabel(frame, 'TURNED', 0.1 * side + right, top, BLACK)).toBe(true);
    expect(whiteIn(frame, 0, side)).toBe(0);
  });

  it('draws no mask outside the stretch in which the face is chosen', async () => {
    expect(hasLabel(await drawn(26, side), 'NOT CHOSEN', 0.1 * side + right, top, BLACK)).toBe(false);
    expect(hasLabel(await drawn(27, side), 'NOT CHOSEN', 0.1 * side + right, top, BLACK)).toBe(true);
  });

  it('says that there is no face', async () => {
    const frame = await drawn(FRAMES - 1, side);
    expect(hasLabel(frame, '1.160 S  FRAME 29  NO FACE', 0, side - 9 * scale, BLACK)).toBe(true);
    expect(frame.data.slice(0, 4 * side * (side - 9 * scale)).every((value) => value === 128)).toBe(true);
  });
});

it('a summary says how many frames of everybody can be redrawn, and why not the others', async () => {
  const info = { width: 200, height: 200, durationSeconds: FRAMES / 25 };
  const summary = facesSummary(await table(200), { name: 'talk.mp4', info } as Parameters<typeof facesSummary>[1]);
  expect(summary.people).toMatchObject([
    { person: 1, frames: 29, usableFrames: 19, unusable: { turned: 10 } },
    { person: 2, frames: 29, usableFrames: 29, unusable: {} },
  ]);
  const text = facesText(summary, { output: undefined, overlay: 'o.mp4', pointsTemplate: undefined });
  expect(text).toContain('  person 1: 19 of 29 frames can be redrawn; turned 10\n');
  expect(text).toMatch(/\n {5}1 .* 66 % {2}turned 10\n/);
  expect(text).toMatch(/\n {5}2 .* 29 +100 %\n/);
  expect(text).toContain('o.mp4: the video with all that was found drawn in.');
});
