// Where a video that is too short repeats: at sharp, still moments near its ends, or from one to another that looks like it.
import type { VideoReader } from '../media/video-reader.ts';
import { createImage8 } from '../tensor/image.ts';
import { FrameMeter, type FrameMeasures } from '../vision/frame-meter.ts';
import { meanAbsoluteDifference } from '../vision/luma-grid.ts';
import type { ChosenFaces, ChosenFrame } from './faces/chosen-faces.ts';
import type { TrackTableFace } from './faces/track-table.ts';
import type { Seam, Timeline } from './timeline.ts';

/** A seam is at most so far away from the ends of the video: seconds, and a share of its length, so that at least 3/4 repeat. */
const SEARCHED_SECONDS = 0.5;
const SEARCHED_SHARE = 1 / 8;

// What speaks against a moment. The unit is the usual change from one frame to the next.
/** A frame without any edges; one that is half as sharp as the sharpest costs half of it. */
const BLUR_COST = 4;
/** Closed eyes; half-closed ones cost half of it. */
const BLINK_COST = 2;
/** A face that is not found, or interpolated, where other moments show it. */
const NO_FACE_COST = 2;
/** Half a second away from the end: of moments that are equally good, the outermost is taken. */
const DISTANCE_COST = 0.25;
/** A jump of a loop that is as great as most that are possible. How much its ends move matters less, because they go on moving. */
const JUMP_COST = 8;
const LOOP_MOTION_COST = 0.25;

/** Smaller changes are noise: gray levels, and widths of the face. */
const NOISE = 0.5;
const SHIFT_NOISE = 0.01;

/** A frame that a seam may lie at. */
interface Moment {
  /** Its number in the part of the video that is shown. */
  slot: number;
  measures: FrameMeasures;
  face: TrackTableFace | undefined;
  /** The change from it to the next frame inward, in gray levels. */
  motion: number;
  /** What speaks against seeing it twice. */
  cost: number;
}

/** The frames of a video, of which only those near the ends of the part that is shown are read. */
export type SeamVideo = Pick<VideoReader, 'timestamps' | 'frames' | 'recycle'>;

/**
 * Returns where the repetitions of a timeline turn, or begin and end: `pingpong` turns where the picture is sharp and still and the eyes
 * are open; `loop` goes on, from such a moment, at one that looks like it; `hold` holds such a moment.
 *
 * The video decides, and nothing else. Undefined where nothing repeats, and where the video is too short to leave anything out.
 */
export async function findSeam(
  timeline: Timeline,
  faces: ChosenFaces,
  video: SeamVideo,
  signal?: AbortSignal,
): Promise<Seam | undefined> {
  if (!timeline.isExtended) return undefined;
  const ends = await momentsAt('end', { timeline, faces, video, signal });
  if (timeline.extend === 'hold') return ends.length === 0 ? undefined : { first: 0, last: stillest(ends).slot };
  const starts = await momentsAt('start', { timeline, faces, video, signal });
  if (starts.length === 0 || ends.length === 0) return undefined;
  const [first, last] = timeline.extend === 'loop' ? mostAlike(starts, ends) : [stillest(starts), stillest(ends)];
  return { first: first.slot, last: last.slot };
}

/** What is searched for moments. */
interface Searched {
  timeline: Timeline;
  faces: ChosenFaces;
  video: SeamVideo;
  signal?: AbortSignal;
}

/** Returns the moments at one end of the part that is shown, the outermost first. */
async function momentsAt(side: 'start' | 'end', { timeline, faces, video, signal }: Searched): Promise<Moment[]> {
  const { partFrames } = timeline;
  const inward = side === 'start' ? 1 : -1;
  const entryOf = (slot: number): ChosenFrame | undefined => faces.frame(timeline.partSource(slot));
  const outermost = side === 'start' ? 0 : partFrames - 1;
  const outside = entryOf(outermost);
  const inside = entryOf(partFrames - 1 - outermost);
  if (!outside || !inside) return [];
  const searched = Math.min(
    SEARCHED_SECONDS,
    SEARCHED_SHARE * Math.abs(outside.timestampSeconds - inside.timestampSeconds),
  );
  const near: { slot: number; seconds: number; entry: ChosenFrame }[] = [];
  for (let slot = outermost; slot >= 0 && slot < partFrames; slot += inward) {
    const entry = entryOf(slot);
    const seconds = entry ? Math.abs(entry.timestampSeconds - outside.timestampSeconds) : 0;
    if (seconds > searched) break;
    if (entry) near.push({ slot, seconds, entry });
  }
  const sources = near.map(({ entry }) => entry.sourceIndex);
  // A frame's motion is its change from the one before; at the start, what counts is that to the one after it.
  const after = side === 'start' ? 1 : 0;
  const range = { from: Math.min(...sources) + after - 1, to: Math.max(...sources) + after };
  const measured = await measureFrames(range, { faces, video, signal });
  const found: (Moment & { seconds: number })[] = [];
  for (const { slot, seconds, entry } of near) {
    const measures = measured.get(entry.sourceIndex);
    const changed = measured.get(entry.sourceIndex + after);
    if (measures && changed) found.push({ slot, seconds, measures, face: entry.face, motion: changed.motion, cost: 0 });
  }
  const sharpest = Math.max(NOISE, ...found.map(({ measures }) => measures.sharpness));
  const widest = Math.max(0, ...found.map(({ face }) => face?.eyeOpening ?? 0));
  const hasFace = found.some(({ face }) => face?.bridged === false);
  return found.map(({ seconds, ...moment }) => {
    const { measures, face } = moment;
    const closed = face?.eyeOpening === undefined || widest === 0 ? 0 : 1 - face.eyeOpening / widest;
    return {
      ...moment,
      cost:
        BLUR_COST * (1 - measures.sharpness / sharpest) +
        BLINK_COST * closed +
        (hasFace && face?.bridged !== false ? NO_FACE_COST : 0) +
        DISTANCE_COST * (seconds / SEARCHED_SECONDS),
    };
  });
}

/** Reads and measures frames of the file, from one up to another. */
async function measureFrames(
  { from, to }: { from: number; to: number },
  { faces, video, signal }: Omit<Searched, 'timeline'>,
): Promise<Map<number, FrameMeasures>> {
  const { timestamps } = video;
  const meter = new FrameMeter();
  const measured = new Map<number, FrameMeasures>();
  const part = { startSeconds: timestamps[Math.max(0, from)], endSeconds: timestamps.at(to + 1) };
  for await (const frame of video.frames({ ...part, signal })) {
    const { sourceIndex, width, height, data } = frame;
    measured.set(sourceIndex, meter.measure(createImage8(width, height, 4, data), faces.face(sourceIndex)?.box));
    video.recycle(frame);
  }
  return measured;
}

function stillest(moments: readonly Moment[]): Moment {
  const usual = medianOf(
    moments.map(({ motion }) => motion),
    NOISE,
  );
  return cheapest(moments, ({ cost, motion }) => cost + motion / usual);
}

/** Returns the moments to begin a loop with, and to end it. */
function mostAlike(starts: readonly Moment[], ends: readonly Moment[]): readonly [Moment, Moment] {
  const pairs = starts.flatMap((first) => ends.map((last) => ({ first, last, jump: jumpBetween(last, first) })));
  const usualMotion = medianOf(
    [...starts, ...ends].map(({ motion }) => motion),
    NOISE,
  );
  const usual = {
    frame: medianOf(
      pairs.map(({ jump }) => jump.frame),
      NOISE,
    ),
    face: medianOf(
      pairs.map(({ jump }) => jump.face),
      NOISE,
    ),
    shift: medianOf(
      pairs.map(({ jump }) => jump.shift),
      SHIFT_NOISE,
    ),
  };
  const { first, last } = cheapest(
    pairs,
    ({ first, last, jump }) =>
      (JUMP_COST * (jump.frame / usual.frame + jump.face / usual.face + jump.shift / usual.shift)) / 3 +
      (LOOP_MOTION_COST * (first.motion + last.motion)) / usualMotion +
      first.cost +
      last.cost,
  );
  return [first, last];
}

/** What changes from one moment to another: the frame and the face, in gray levels, and where the face is, in widths of it. */
function jumpBetween(a: Moment, b: Moment): { frame: number; face: number; shift: number } {
  return {
    frame: meanAbsoluteDifference(a.measures.frameLook, b.measures.frameLook),
    face: meanAbsoluteDifference(a.measures.faceLook, b.measures.faceLook),
    shift: a.face && b.face ? shift(a.face, b.face) : 1,
  };
}

/** Returns by how much a face has moved, as a share of its width. */
function shift(a: TrackTableFace, b: TrackTableFace): number {
  const distances = a.points.map(([x, y], index) => Math.hypot(x - b.points[index][0], y - b.points[index][1]));
  return distances.reduce((sum, distance) => sum + distance) / distances.length / Math.max(1, a.box.width);
}

/** Returns the median of some values, but at least the given one. */
function medianOf(values: readonly number[], least: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(least, sorted[sorted.length >> 1]);
}

/** Returns the first of those that cost least. */
function cheapest<T>(choices: readonly T[], costOf: (choice: T) => number): T {
  return choices.reduce((best, choice) => (costOf(choice) < costOf(best) ? choice : best));
}
