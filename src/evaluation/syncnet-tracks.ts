// Faces of a shot → tracks, and for each of their frames the square that SyncNet sees, as the official evaluation forms them.
import { intersectionOverUnion, type Box } from '../vision/geometry.ts';

/** A face that was found in a frame. */
export interface ShotFace {
  readonly frame: number;
  readonly box: Box;
}

/** One face over consecutive frames. */
export interface SyncNetTrack {
  readonly firstFrame: number;
  /** One for each frame, interpolated where the face was not found. */
  readonly boxes: readonly Box[];
}

/** Boxes of one face overlap by more than this from one frame to the next. */
const LEAST_OVERLAP = 0.5;

/** Frames within which a face must be found again. */
const LONGEST_GAP = 25;

/** A track has more detections than this, and more pixels in its greater mean side. */
const LEAST_DETECTIONS = 50;
const LEAST_SIDE = 100;

/**
 * Returns the tracks of a shot in the order of their first faces.
 *
 * @param faces - the faces of each frame of the shot, in the order in which they were found.
 * @param options.leastSide - pixels that the greater mean side of a track exceeds. Default 100.
 */
export function syncNetTracks(
  faces: readonly (readonly ShotFace[])[],
  options: { leastSide?: number } = {},
): SyncNetTrack[] {
  const { leastSide = LEAST_SIDE } = options;
  const rest = faces.map((ofFrame) => [...ofFrame]);
  const tracks: SyncNetTrack[] = [];
  for (let found; (found = takeTrack(rest)).length > 0;) {
    if (found.length <= LEAST_DETECTIONS) continue;
    const track = interpolated(found);
    const mean = (side: (box: Box) => number): number =>
      track.boxes.reduce((sum, box) => sum + side(box), 0) / track.boxes.length;
    if (
      Math.max(
        mean((box) => box.width),
        mean((box) => box.height),
      ) > leastSide
    )
      tracks.push(track);
  }
  return tracks;
}

/**
 * Takes the faces of one track out of those that are left; none are left when there is none. Several faces of a frame may belong to
 * it. After a face was taken, the next one of its frame is passed over, as by the official code, which shortens the list that it walks.
 */
function takeTrack(rest: readonly ShotFace[][]): ShotFace[] {
  const track: ShotFace[] = [];
  for (const ofFrame of rest) {
    for (let i = 0; i < ofFrame.length; i++) {
      const face = ofFrame[i];
      const last = track.at(-1);
      if (last && face.frame - last.frame > LONGEST_GAP) break;
      if (last && intersectionOverUnion(face.box, last.box) <= LEAST_OVERLAP) continue;
      track.push(face);
      ofFrame.splice(i, 1);
    }
  }
  return track;
}

/** Fills the gaps of a track; of several faces in a frame, the last one counts. */
function interpolated(faces: readonly ShotFace[]): SyncNetTrack {
  const firstFrame = faces[0].frame;
  const boxes: Box[] = [];
  for (const [index, { frame, box }] of faces.entries()) {
    const before = faces[Math.max(0, index - 1)];
    for (let gap = before.frame + 1; gap < frame; gap++) {
      boxes.push(between(before.box, box, (gap - before.frame) / (frame - before.frame)));
    }
    boxes[frame - firstFrame] = box;
  }
  return { firstFrame, boxes };
}

function between(a: Box, b: Box, share: number): Box {
  const mix = (from: number, to: number): number => from + (to - from) * share;
  return {
    x: mix(a.x, b.x),
    y: mix(a.y, b.y),
    width: mix(a.width, b.width),
    height: mix(a.height, b.height),
  };
}

/** Where SyncNet's crop is taken from a frame, in pixels. */
export interface CropPlace {
  readonly centerX: number;
  readonly centerY: number;
  /** Half the longer side of the face. */
  readonly halfSide: number;
}

/** Frames over which the median is taken. */
const MEDIAN_FRAMES = 13;

/** Returns the place of the crop for each box of a track: medians over 13 frames, zeros standing for those before and after. */
export function cropPlaces(boxes: readonly Box[]): CropPlace[] {
  const centerX = medians(boxes.map(({ x, width }) => x + width / 2));
  const centerY = medians(boxes.map(({ y, height }) => y + height / 2));
  const halfSide = medians(boxes.map(({ width, height }) => Math.max(width, height) / 2));
  return boxes.map((_, i) => ({ centerX: centerX[i], centerY: centerY[i], halfSide: halfSide[i] }));
}

function medians(values: readonly number[]): number[] {
  const reach = (MEDIAN_FRAMES - 1) / 2;
  return values.map((_, i) => {
    const around = Array.from({ length: MEDIAN_FRAMES }, (__, k) => values[i - reach + k] ?? 0);
    return around.sort((a, b) => a - b)[reach];
  });
}
