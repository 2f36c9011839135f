// FacesOverlay: what is known of the faces of each frame, drawn into it: boxes, points, numbers, the mask of what a job would draw, and why not.
import type { VideoFrameData } from '../../media/video-reader.ts';
import { createImage8, type Image8 } from '../../tensor/image.ts';
import { drawLabel, drawLine, labelSize, type PaintColor } from '../../vision/annotate.ts';
import { FaceAligner } from '../../vision/face-aligner.ts';
import { faceMatrix } from '../../vision/face-space.ts';
import { invertAffine, transformPoint, type Box, type Point } from '../../vision/geometry.ts';
import { maskOutline } from '../../vision/mask.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import type { TimeRange } from '../../util/times.ts';
import type { ChosenLane } from '../lanes.ts';
import type { ChosenFaces } from './chosen-faces.ts';
import { personColor } from './person-color.ts';
import type { TrackTable, TrackTableFace } from './track-table.ts';

const BLACK: PaintColor = [0, 0, 0];
const WHITE: PaintColor = [255, 255, 255];

/** Pixels of the shorter side of a picture for each pixel that lines are thick, and the squares of glyphs large. */
const PIXELS_PER_UNIT = 240;
/** On small faces lines are thinner: one unit for so many pixels of the face's width. */
const FACE_PIXELS_PER_UNIT = 40;

/** The side of the face in which the mask has its outline. */
const FACE_SIDE = 256;

/** What becomes of a face. */
interface FaceState {
  readonly face: TrackTableFace;
  readonly isChosen: boolean;
  /** Undefined: it is drawn. */
  readonly reason: string | undefined;
  /** Where it is drawn. */
  readonly outline: readonly Point[] | undefined;
}

/** Draws over the frames of a video, in their order. */
export class FacesOverlay {
  readonly #table: TrackTable;
  readonly #lanes: readonly OverlaidLane[];

  /**
   * @param chosen - the faces that a job would change.
   * @param leadSeconds - that of the video: stretches are in the time of its file.
   */
  constructor(table: TrackTable, chosen: readonly Pick<ChosenLane, 'faces' | 'stretch'>[], leadSeconds: number) {
    this.#table = table;
    this.#lanes = chosen.map(({ faces, stretch }) => new OverlaidLane(faces, stretch, leadSeconds));
  }

  /** Draws over the next frame, in place. */
  draw({ sourceIndex, timestampSeconds, width, height, data }: VideoFrameData): void {
    const image = createImage8(width, height, 4, data);
    const pen = new Pen(image);
    const chosen = this.#lanes.map((lane) => lane.next(sourceIndex, timestampSeconds));
    const states = this.#table.faces(sourceIndex).map((face): FaceState => {
      const own = chosen.find((other) => other?.track === face.track);
      return { face, isChosen: own !== undefined, reason: own ? own.reason : 'not chosen', outline: own?.outline };
    });
    for (const { face, isChosen, outline } of states) {
      const color = personColor(face.person);
      const units = Math.min(1, face.box.width / FACE_PIXELS_PER_UNIT / pen.unit);
      pen.line(cornersOf(face.box), color, isChosen ? units : units / 2);
      if (outline) pen.line([...outline, outline[0]], WHITE, units / 2);
      for (const point of face.points) pen.line([point], color, 2 * units);
    }
    // On top of everything, so that they are readable.
    for (const { face, reason } of states) {
      const notes = [...(reason === undefined ? [] : [reason]), ...(face.bridged ? ['bridged'] : [])];
      pen.labels(face.box, [
        { text: String(face.person), color: BLACK, background: personColor(face.person) },
        ...notes.map((text) => ({ text, color: WHITE, background: BLACK })),
      ]);
    }
    const moment = `${timestampSeconds.toFixed(3)} S  FRAME ${sourceIndex}`;
    pen.note(states.length === 0 ? `${moment}  NO FACE` : moment);
  }
}

/** Chosen faces, and where what is drawn of them goes: as in a job that draws the frames one after another. */
class OverlaidLane {
  readonly #faces: ChosenFaces;
  readonly #from: number;
  readonly #to: number;
  readonly #aligner = new FaceAligner(FACE_SIDE, { direct: true });
  readonly #outline = maskOutline();
  #drawn: number | undefined;

  constructor(
    faces: ChosenFaces,
    { startSeconds = -Infinity, endSeconds = Infinity }: TimeRange = {},
    leadSeconds: number,
  ) {
    this.#faces = faces;
    this.#from = startSeconds - leadSeconds;
    this.#to = endSeconds - leadSeconds;
  }

  /** Returns which track is chosen in the next frame, and where it is drawn, or why not; undefined where none is. */
  next(sourceIndex: number, seconds: number): (Pick<FaceState, 'reason' | 'outline'> & { track: number }) | undefined {
    const isInside = seconds >= this.#from && seconds < this.#to;
    const track = isInside ? this.#faces.track(sourceIndex) : undefined;
    const face = track === undefined ? undefined : this.#faces.face(sourceIndex);
    if (face?.track !== this.#drawn) this.#aligner.reset();
    this.#drawn = face?.track;
    if (track === undefined) return undefined;
    return { track, reason: this.#faces.unusable(sourceIndex), outline: face && this.#outlineAt(face.points) };
  }

  #outlineAt(points: AlignmentPoints): Point[] {
    const toFrame = invertAffine(faceMatrix(this.#aligner.next(points), FACE_SIDE));
    return this.#outline.map((point) => transformPoint(toFrame, point));
  }
}

/** A short text and its colors. */
interface Label {
  readonly text: string;
  readonly color: PaintColor;
  readonly background: PaintColor;
}

/** Draws into one picture, as large as suits it. */
class Pen {
  readonly #image: Image8;
  /** Pixels. */
  readonly unit: number;

  constructor(image: Image8) {
    this.#image = image;
    this.unit = Math.max(1, Math.round(Math.min(image.width, image.height) / PIXELS_PER_UNIT));
  }

  /** Draws a light line on a dark one, so many units thick. */
  line(points: readonly Point[], color: PaintColor, units: number): void {
    const thickness = Math.max(1, units * this.unit);
    drawLine(this.#image, points, {
      color: BLACK,
      thickness: thickness + Math.max(1.5, Math.min(thickness, this.unit)),
    });
    drawLine(this.#image, points, { color, thickness });
  }

  /** Draws labels in a row above a box, or where there is room. */
  labels({ x, y }: Box, labels: readonly Label[]): void {
    const sizes = labels.map(({ text }) => labelSize(text.toUpperCase(), this.unit));
    const width = sizes.reduce((sum, size) => sum + size.width, 0);
    const { height } = sizes[0];
    let left = Math.max(0, Math.min(Math.round(x), this.#image.width - width));
    const top = Math.max(0, Math.min(Math.round(y) - height - this.unit, this.#image.height - 2 * height));
    for (const [index, { text, color, background }] of labels.entries()) {
      drawLabel(this.#image, text.toUpperCase(), left, top, { color, background, scale: this.unit });
      left += sizes[index].width;
    }
  }

  /** Draws a label in the lower left corner. */
  note(text: string): void {
    const { height } = labelSize(text, this.unit);
    const top = this.#image.height - height;
    drawLabel(this.#image, text, 0, top, { color: WHITE, background: BLACK, scale: this.unit });
  }
}

function cornersOf({ x, y, width, height }: Box): Point[] {
  const [right, bottom] = [x + width, y + height];
  return [
    [x, y],
    [right, y],
    [right, bottom],
    [x, bottom],
    [x, y],
  ];
}
