// The worst moments of a video: the seconds in which lips and sound agree the least, and strips of the faces in them.
import type { VideoReader } from '../media/video-reader.ts';
import type { TrackTable } from '../pipelines/faces/track-table.ts';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { FaceAligner } from '../vision/face-aligner.ts';
import { JUDGED_RATE, type PersonJudgment } from './judgment.ts';

/** Side of the faces in a strip, and how many frames of a second are shown. */
const SIDE = 96;
const FRAMES = 10;

/** Seconds between two moments, at least: those nearer share what they were judged by. */
const APART = 4;

/** A second of a video, as strips of the face. */
export interface WorstMoment {
  readonly second: number;
  /** Of the person, as in the judgment. */
  readonly correlation: number;
  /** Faces of the video. */
  readonly faces: readonly Image8[];
  /** The same of the source; none where there is no source. */
  readonly sourceFaces: readonly Image8[];
}

/** Returns the seconds in which a person's lips and the sound agree the least, the worst first. */
export function worstSeconds({ perSecond }: PersonJudgment, count: number): { second: number; correlation: number }[] {
  const worst: { second: number; correlation: number }[] = [];
  for (const { second, correlation } of perSecond.toSorted((a, b) => a.correlation - b.correlation)) {
    if (worst.length === count) break;
    if (worst.every((other) => Math.abs(other.second - second) >= APART)) worst.push({ second, correlation });
  }
  return worst;
}

/** Reads the faces of a person in the worst seconds. */
export async function readWorstMoments(
  person: PersonJudgment,
  {
    reader,
    source,
    table,
    signal,
  }: {
    reader: VideoReader;
    source: VideoReader | undefined;
    table: TrackTable;
    signal: AbortSignal | undefined;
  },
  count: number,
): Promise<WorstMoment[]> {
  const moments: WorstMoment[] = [];
  for (const { second, correlation } of worstSeconds(person, count)) {
    const [faces, sourceFaces]: [Image8[], Image8[]] = [[], []];
    const part = { fps: JUDGED_RATE, startSeconds: second, endSeconds: second + 1, signal };
    const sourceFrames = source?.frames(part)[Symbol.asyncIterator]();
    const aligner = new FaceAligner(SIDE, { direct: true });
    let shown = 0;
    for await (const { sourceIndex, width, height, data } of reader.frames(part)) {
      const other = await sourceFrames?.next();
      const face = table.faces(sourceIndex).find((each) => each.person === person.person);
      if (!face) continue;
      const matrix = aligner.next(face.points);
      if (shown++ % Math.round(JUDGED_RATE / FRAMES) !== 0) continue;
      faces.push(aligner.cut(createImage8(width, height, 4, data), matrix));
      if (other?.done === false)
        sourceFaces.push(aligner.cut(createImage8(other.value.width, other.value.height, 4, other.value.data), matrix));
    }
    await sourceFrames?.return?.();
    if (faces.length > 0) moments.push({ second, correlation, faces, sourceFaces });
  }
  return moments;
}
