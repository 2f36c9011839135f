// FaceDetector (BlazeFace): RGB bytes [1,256,256,3] → scores [896], boxes and six keypoints [896,16] → faces in a frame.
// Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019; the weights are MediaPipe's.
import type { TfjsGraphModel } from '../checkpoint/tfjs-graph-model.ts';
import type { OnnxModel } from '../onnx/model-proto.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import type { Box, Point } from '../vision/geometry.ts';
import type { FaceDetection } from '../vision/face-selection.ts';
import type { Image8 } from '../tensor/image.ts';
import { weightedNonMaxSuppression } from './face-candidates.ts';
import { cropToFrame, CropSource, type RotatedSquare } from './face-crop.ts';
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

/** Faces that are upright, and seen from the front, have about this score, and more. */
const SURE_SCORE = 0.9;

/** A direction within this of the first one, in radians, confirms it. */
const LARGEST_DOUBT = Math.PI / 4;

/** Options of {@link FaceDetector.detect}. */
export interface DetectOptions {
  /** Search the whole frame only: a twentieth of the time of a search that finds nothing, but small faces are missed. Default false. */
  quick?: boolean;
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

/** Returns the sides of the squares to search, largest first: the whole frame, its shorter side, and half of that. */
function searchSides({ width, height }: Image8): number[] {
  const longer = Math.max(width, height);
  const shorter = Math.min(width, height);
  const smaller = [shorter, Math.ceil(shorter / 2)].filter((side) => side >= DETECTOR_SIZE && side < longer * 0.9);
  return [longer, ...smaller];
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

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @throws LatentSyncError `checkpoint-corrupt` when it is a different network. */
  static async create(runtime: Runtime, network: TfjsGraphModel): Promise<FaceDetector> {
    return new FaceDetector(await runtime.createSession(faceDetectorModel(network), { threads: 1 }));
  }

  /**
   * Returns the faces of a frame, best score first; landmarks are the eyes (that on the left of the image first), the tip of
   * the nose, the middle of the mouth and the ears. When the whole frame shows none, overlapping tiles of it are searched,
   * so that faces down to about a thirtieth of the frame's shorter side are found.
   */
  async detect(frame: Image8, options: DetectOptions = {}): Promise<FaceDetection[]> {
    const { quick = false } = options;
    const sides = searchSides(frame);
    for (const side of quick ? sides.slice(0, 1) : sides) {
      const found: FaceDetection[] = [];
      for (const square of tiles(frame, side)) {
        found.push(...(await this.#detectIn(frame, square, options.signal)));
      }
      if (found.length > 0) return weightedNonMaxSuppression(found, SAME_FACE_OVERLAP);
    }
    return [];
  }

  /**
   * Returns the same face as the detector sees it when the frame is turned; itself when its score or its direction leaves no doubt, or
   * when it is not found again. Faces that are rolled far, or upside down, are detected with keypoints at wrong places.
   */
  async upright(frame: Image8, face: FaceDetection, { signal }: { signal?: AbortSignal } = {}): Promise<FaceDetection> {
    if (face.score >= SURE_SCORE) return face;
    const found: FaceDetection[] = [];
    for (const square of turnedSquares(face)) {
      const first = weightedNonMaxSuppression(await this.#detectIn(frame, square, signal), SAME_FACE_OVERLAP).at(0);
      if (first && holdsCenter(first.box, square)) found.push(first);
    }
    const agreed = agreedDetection(found);
    return agreed && turnBetween(agreed, face) > LARGEST_DOUBT ? agreed : face;
  }

  async #detectIn(frame: Image8, square: RotatedSquare, signal: AbortSignal | undefined): Promise<FaceDetection[]> {
    const source = new CropSource(frame, square, DETECTOR_SIZE, { margin: 1, border: 'black' });
    const image = new Tensor('uint8', [1, DETECTOR_SIZE, DETECTOR_SIZE, 3], source.crop(square, DETECTOR_SIZE));
    const { scores, boxes } = await this.#session.run({ [IMAGE_INPUT]: image }, { signal });
    return decodeFaces(toFloat32(scores).data, toFloat32(boxes).data, this.#anchors, square, MIN_SCORE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
