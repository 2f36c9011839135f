// FaceDetector (BlazeFace): RGB bytes [1,256,256,3] → scores [896], boxes and six keypoints [896,16] → faces in a frame.
// Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019; the weights are MediaPipe's.
import type { TfjsGraphModel } from '../checkpoint/tfjs-graph-model.ts';
import type { OnnxModel } from '../onnx/model-proto.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import type { Box, Point, RotatedSquare } from '../vision/geometry.ts';
import type { FaceDetection } from '../vision/face-selection.ts';
import type { Image8 } from '../tensor/image.ts';
import { nonMaxSuppression, weightedNonMaxSuppression } from './face-candidates.ts';
import { CropMemory, cropToFrame, CropSource } from './face-crop.ts';
import { agreedDetection, turnBetween, turnedSquares } from './face-directions.ts';
import { faceNetwork, IMAGE_INPUT } from './face-network.ts';

/** Side of the image that the detector looks at. */
const DETECTOR_SIZE = 256;

/** The detector's grids, in the order of its outputs: cells per side, and guesses per cell. */
const grids = [
  { cells: 16, guesses: 2 },
  { cells: 8, guesses: 6 },
] as const;

/** Numbers for each guess: center, width and height, then six points. */
const NUMBERS_PER_GUESS = 16;

/** Detections that overlap more than this are the same face. */
const SAME_FACE_OVERLAP = 0.3;

/** Tiles overlap by this part of their side, so that a face cut by a tile's edge is complete in the next one. */
const TILE_OVERLAP = 0.4;

/** Least score of a face, 0 … 1. */
const MIN_SCORE = 0.5;

/** A box that ends so close to the edge of a tile may be a part of a face; pixels of the detector's image. */
const EDGE = 2;

/** Faces that are upright, and seen from the front, have about this score, and more. */
const SURE_SCORE = 0.9;

/** A direction within this of the first one, in radians, confirms it. */
const LARGEST_DOUBT = Math.PI / 4;

/** Options of {@link FaceDetector.detect}. */
export interface DetectOptions {
  /** The parts of the frame to look at. Default: {@link searchSquares}, so that small faces are found beside large ones. */
  squares?: readonly RotatedSquare[];
  /** Least score of a face, 0 … 1. Default 0.5. */
  minScore?: number;
  signal?: AbortSignal;
}

/** Returns the centers of the detector's guesses [896, 2] in 0 … 1, in the order of its outputs. */
export function detectorAnchors(): Float32Array {
  const anchors: number[] = [];
  for (const { cells, guesses } of grids) {
    for (let cell = 0; cell < cells * cells; cell++) {
      const x = ((cell % cells) + 0.5) / cells;
      const y = (Math.floor(cell / cells) + 0.5) / cells;
      for (let guess = 0; guess < guesses; guess++) anchors.push(x, y);
    }
  }
  return Float32Array.from(anchors);
}

/**
 * Returns the detector as a model: `image` [1,256,256,3] bytes → `scores` [1,896,1] in 0 … 1 and `boxes` [1,896,16], offsets
 * from the anchors in pixels of the image.
 *
 * @throws LatentSyncError `checkpoint-corrupt` when it is a different network.
 */
export function faceDetectorModel(network: TfjsGraphModel): OnnxModel {
  return faceNetwork(
    network,
    {
      size: DETECTOR_SIZE,
      scale: 1 / 127.5,
      offset: -1,
      outputs: ['Identity', 'Identity_1', 'Identity_2', 'Identity_3'],
    },
    (g, [fineScores, coarseScores, fineBoxes, coarseBoxes]) => ({
      scores: g.sigmoid(g.concat([fineScores, coarseScores], 1)), // [1,512,1] and [1,384,1] → [1,896,1]
      boxes: g.concat([fineBoxes, coarseBoxes], 1), // [1,512,16] and [1,384,16] → [1,896,16]
    }),
  );
}

/**
 * Returns the faces that the network's outputs stand for, in the frame's pixels. They overlap.
 *
 * @param square - the part of the frame that the network saw.
 */
export function decodeFaces(
  scores: Float32Array,
  boxes: Float32Array,
  anchors: Float32Array,
  square: RotatedSquare,
  minScore: number,
): FaceDetection[] {
  const faces: FaceDetection[] = [];
  for (let guess = 0; guess < scores.length; guess++) {
    const score = scores[guess];
    if (!(score >= minScore)) continue;
    // The network counts from the image's left and top edge; pixels are counted from the center of the first.
    const anchorX = anchors[guess * 2] * DETECTOR_SIZE - 0.5;
    const anchorY = anchors[guess * 2 + 1] * DETECTOR_SIZE - 0.5;
    const numbers = boxes.subarray(guess * NUMBERS_PER_GUESS, (guess + 1) * NUMBERS_PER_GUESS);
    const point = (index: number): Point =>
      cropToFrame(square, DETECTOR_SIZE, anchorX + numbers[index], anchorY + numbers[index + 1]);
    const scale = square.side / DETECTOR_SIZE;
    const [centerX, centerY] = point(0);
    const [width, height] = [numbers[2] * scale, numbers[3] * scale];
    const landmarks: Point[] = [];
    for (let index = 4; index < NUMBERS_PER_GUESS; index += 2) landmarks.push(point(index));
    faces.push({ box: { x: centerX - width / 2, y: centerY - height / 2, width, height }, score, landmarks });
  }
  return faces;
}

function holdsCenter({ x, y, width, height }: Box, { centerX, centerY }: RotatedSquare): boolean {
  return centerX >= x && centerX <= x + width && centerY >= y && centerY <= y + height;
}

/** Returns starts of tiles of a length that cover a longer length evenly. */
function tileStarts(length: number, tile: number): number[] {
  const count = length <= tile ? 1 : Math.ceil((length - tile) / (tile * (1 - TILE_OVERLAP))) + 1;
  return Array.from({ length: count }, (_, i) =>
    count === 1 ? (length - tile) / 2 : ((length - tile) * i) / (count - 1),
  );
}

/** Returns squares of a side that cover a frame. */
function tiles(frame: Image8, side: number): RotatedSquare[] {
  return tileStarts(frame.height, side).flatMap((top) =>
    tileStarts(frame.width, side).map((left) => ({
      centerX: left + (side - 1) / 2,
      centerY: top + (side - 1) / 2,
      side,
      angle: 0,
    })),
  );
}

/** Returns the square around a whole frame. */
export function wholeFrame({ width, height }: Image8): RotatedSquare {
  return { centerX: (width - 1) / 2, centerY: (height - 1) / 2, side: Math.max(width, height), angle: 0 };
}

/**
 * Returns the squares that show every face down to about a thirtieth of the frame's shorter side: the whole frame, and overlapping tiles
 * as long as its shorter side, and half as long. Largest first.
 */
export function searchSquares(frame: Image8): RotatedSquare[] {
  const longer = Math.max(frame.width, frame.height);
  const shorter = Math.min(frame.width, frame.height);
  const sides = [shorter, Math.ceil(shorter / 2)].filter((side) => side >= DETECTOR_SIZE && side < longer * 0.9);
  return [wholeFrame(frame), ...sides.flatMap((side) => tiles(frame, side))];
}

/** Whether a face may be cut by an edge of a square that the frame goes on behind. */
function isCut({ box }: FaceDetection, { centerX, centerY, side }: RotatedSquare, frame: Image8): boolean {
  const margin = (EDGE * side) / DETECTOR_SIZE;
  const [left, top] = [centerX - side / 2, centerY - side / 2];
  return (
    (left > 0 && box.x < left + margin) ||
    (top > 0 && box.y < top + margin) ||
    (left + side < frame.width && box.x + box.width > left + side - margin) ||
    (top + side < frame.height && box.y + box.height > top + side - margin)
  );
}

/**
 * Finds faces in frames.
 *
 * @example
 * await using detector = await FaceDetector.create(runtime, parseTfjsGraphModel(files));
 * const [best] = await detector.detect(frame);
 */
export class FaceDetector implements AsyncDisposable {
  readonly #session: Session;
  readonly #anchors = detectorAnchors();
  readonly #memory = new CropMemory();

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @throws LatentSyncError `checkpoint-corrupt` when it is a different network. */
  static async create(runtime: Runtime, network: TfjsGraphModel): Promise<FaceDetector> {
    return new FaceDetector(await runtime.createSession(faceDetectorModel(network), { threads: 1 }));
  }

  /**
   * Returns the faces of a frame, best score first; landmarks are the eyes (that on the left of the image first), the tip of
   * the nose, the middle of the mouth and the ears.
   */
  async detect(frame: Image8, options: DetectOptions = {}): Promise<FaceDetection[]> {
    const { squares = searchSquares(frame), minScore = MIN_SCORE, signal } = options;
    const found: FaceDetection[] = [];
    for (const square of squares) {
      const faces = await this.#detectIn(frame, square, minScore, signal);
      // Another tile shows all of a face that this one cuts.
      found.push(...(squares.length > 1 ? faces.filter((face) => !isCut(face, square, frame)) : faces));
    }
    return nonMaxSuppression(found, SAME_FACE_OVERLAP);
  }

  /**
   * Returns the same face as the detector sees it when the frame is turned; itself when its score or its direction leaves no doubt, or
   * when it is not found again. Faces that are rolled far, or upside down, are detected with keypoints at wrong places.
   */
  async upright(frame: Image8, face: FaceDetection, { signal }: { signal?: AbortSignal } = {}): Promise<FaceDetection> {
    if (face.score >= SURE_SCORE) return face;
    const found: FaceDetection[] = [];
    for (const square of turnedSquares(face)) {
      const first = (await this.#detectIn(frame, square, MIN_SCORE, signal)).at(0);
      if (first && holdsCenter(first.box, square)) found.push(first);
    }
    const agreed = agreedDetection(found);
    return agreed && turnBetween(agreed, face) > LARGEST_DOUBT ? agreed : face;
  }

  /** Returns the faces in a square, best score first. */
  async #detectIn(
    frame: Image8,
    square: RotatedSquare,
    minScore: number,
    signal: AbortSignal | undefined,
  ): Promise<FaceDetection[]> {
    using source = new CropSource(frame, square, DETECTOR_SIZE, { margin: 1, border: 'black', memory: this.#memory });
    const image = new Tensor('uint8', [1, DETECTOR_SIZE, DETECTOR_SIZE, 3], source.crop(square, DETECTOR_SIZE));
    const { scores, boxes } = await this.#session.run({ [IMAGE_INPUT]: image }, { signal });
    const faces = decodeFaces(toFloat32(scores).data, toFloat32(boxes).data, this.#anchors, square, minScore);
    return weightedNonMaxSuppression(faces, SAME_FACE_OVERLAP);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
