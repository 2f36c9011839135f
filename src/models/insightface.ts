// InsightFace's buffalo_l files, run as they are: det_10g.onnx (SCRFD: [1,3,S,S] → faces) and 2d106det.onnx
// ([1,3,192,192] → 106 landmarks [106,2]). Guo et al., "Sample and Computation Redistribution for Efficient Face Detection", 2021.
import type { Runtime, Session } from '../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import { transformPoint, invertAffine, type AffineMatrix, type Box, type Point } from '../vision/geometry.ts';
import type { FaceDetection } from '../vision/face-selection.ts';
import type { Image8 } from '../tensor/image.ts';
import { warpAffine } from '../vision/warp.ts';
import { nonMaxSuppression } from './face-candidates.ts';

/** Number of landmarks of `2d106det.onnx`. */
const INSIGHTFACE_LANDMARKS = 106;

/** Order of the colors in which a network gets the frame; the reference mistakes RGB for BGR, so its networks see BGR. */
export type ChannelOrder = 'rgb' | 'bgr';

/** Options of {@link InsightFaceDetector.create}. */
export interface InsightFaceDetectorOptions {
  /** Side of the square image that the detector looks at, a multiple of 32. Default 640; the reference has 512. */
  size?: number;
  /** Default `rgb`. */
  channelOrder?: ChannelOrder;
}

/** Returns a crop as planes [1,3,size,size] of (byte − mean) / deviation. */
function planes(image: Image8, order: ChannelOrder, mean: number, deviation: number): Tensor<'float32'> {
  const { width, height, data } = image;
  const area = width * height;
  const values = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const from = order === 'rgb' ? channel : 2 - channel;
    for (let i = 0; i < area; i++) values[channel * area + i] = (data[i * 3 + from] - mean) / deviation;
  }
  return Tensor.float32([1, 3, height, width], values);
}

async function openSession(
  runtime: Runtime,
  name: string,
  bytes: Uint8Array,
): Promise<{ session: Session; input: string }> {
  const session = await runtime.createSession({ bytes, buffers: [], directory: undefined });
  if (session.inputNames.length !== 1) {
    await session[Symbol.asyncDispose]();
    throw notInsightFace(name, `it has ${session.inputNames.length} inputs instead of one`);
  }
  return { session, input: session.inputNames[0] };
}

function notInsightFace(name: string, problem: string): LatentSyncError {
  return new LatentSyncError(
    'checkpoint-corrupt',
    wording`The file ${name} is not the one from InsightFace's buffalo_l archive: ${problem}.`,
    { remedy: 'Use the files from the buffalo_l archive unchanged.' },
  );
}

const STRIDES = [8, 16, 32] as const;
const ANCHORS_PER_CELL = 2;
const DETECTOR_MEAN = 127.5;
const DETECTOR_DEVIATION = 128;

/** Least score of a face, 0 … 1. */
const MIN_SCORE = 0.5;

/** Detections that overlap more than this are the same face. */
const SAME_FACE_OVERLAP = 0.4;

/** The detector's outputs for one stride: a row for each anchor. */
export interface ScrfdHead {
  readonly stride: number;
  /** [anchors] in 0 … 1. */
  readonly scores: Float32Array;
  /** [anchors, 4]: distances from the anchor to the left, top, right and bottom edge, in strides. */
  readonly boxes: Float32Array;
  /** [anchors, 10]: offsets of the eyes, the nose and the corners of the mouth from the anchor, in strides. */
  readonly keypoints: Float32Array;
}

/**
 * Returns the detector's outputs by stride. They are distinguished by their sizes, since their names are just numbers that
 * differ between exports: rows determine the stride, columns the kind of output.
 *
 * @throws LatentSyncError `checkpoint-corrupt` when one is missing.
 */
export function scrfdHeads(outputs: Readonly<Record<string, Tensor>>, size: number): ScrfdHead[] {
  return STRIDES.map((stride) => {
    const rows = (size / stride) ** 2 * ANCHORS_PER_CELL;
    const head = (columns: number): Float32Array => {
      const found = Object.values(outputs).find(
        (tensor) => tensor.shape.at(-1) === columns && tensor.size === rows * columns,
      );
      if (!found)
        throw notInsightFace('det_10g.onnx', `it has no output of [${rows}, ${columns}] for a ${size}×${size} image`);
      return toFloat32(found).data;
    };
    return { stride, scores: head(1), boxes: head(4), keypoints: head(10) };
  });
}

/**
 * Returns the faces that the outputs stand for, in pixels of the detector's image. They overlap.
 *
 * Anchors are at multiples of the stride, row by row, two at each place.
 */
export function decodeScrfd(heads: readonly ScrfdHead[], size: number, minScore: number): FaceDetection[] {
  const faces: FaceDetection[] = [];
  for (const { stride, scores, boxes, keypoints } of heads) {
    const cells = size / stride;
    for (let row = 0; row < scores.length; row++) {
      const score = scores[row];
      if (!(score >= minScore)) continue;
      const cell = Math.floor(row / ANCHORS_PER_CELL);
      const x = (cell % cells) * stride;
      const y = Math.floor(cell / cells) * stride;
      const [left, top, right, bottom] = boxes.subarray(row * 4, row * 4 + 4).map((distance) => distance * stride);
      const points: Point[] = [];
      for (let k = row * 10; k < row * 10 + 10; k += 2) {
        points.push([x + keypoints[k] * stride, y + keypoints[k + 1] * stride]);
      }
      faces.push({
        box: { x: x - left, y: y - top, width: left + right, height: top + bottom },
        score,
        landmarks: points,
      });
    }
  }
  return faces;
}

/** Returns the matrix that shrinks or enlarges a frame into the top left of the detector's square image. */
function letterbox({ width, height }: Image8, size: number): AffineMatrix {
  const isTall = height > width;
  const newWidth = isTall ? Math.floor((size * width) / height) : size;
  const newHeight = isTall ? size : Math.floor((size * height) / width);
  const [x, y] = [newWidth / width, newHeight / height];
  // Pixel centers are at half pixels when an image is resized: u' + ½ = (u + ½) · scale.
  return [x, 0, 0.5 * x - 0.5, 0, y, 0.5 * y - 0.5];
}

/** Finds faces with `det_10g.onnx`. */
export class InsightFaceDetector implements AsyncDisposable {
  readonly #session: Session;
  readonly #input: string;
  readonly #size: number;
  readonly #channelOrder: ChannelOrder;

  private constructor(session: Session, input: string, size: number, channelOrder: ChannelOrder) {
    this.#session = session;
    this.#input = input;
    this.#size = size;
    this.#channelOrder = channelOrder;
  }

  /**
   * @param bytes - the file `det_10g.onnx`.
   * @throws LatentSyncError `runtime-failed` when it is not a model, `checkpoint-corrupt` when it is a different one.
   */
  static async create(
    runtime: Runtime,
    bytes: Uint8Array,
    { size = 640, channelOrder = 'rgb' }: InsightFaceDetectorOptions = {},
  ): Promise<InsightFaceDetector> {
    if (!Number.isInteger(size) || size < 32 || size % 32 !== 0) {
      throw new OptionError('size', 'be a positive multiple of 32', size);
    }
    const { session, input } = await openSession(runtime, 'det_10g.onnx', bytes);
    return new InsightFaceDetector(session, input, size, channelOrder);
  }

  /**
   * Returns the faces of a frame, best score first; landmarks are the eyes, the nose and the corners of the mouth.
   */
  async detect(frame: Image8, options: { signal?: AbortSignal } = {}): Promise<FaceDetection[]> {
    const size = this.#size;
    const matrix = letterbox(frame, size);
    const image = planes(
      warpAffine(frame, matrix, size, size, { fill: 0 }),
      this.#channelOrder,
      DETECTOR_MEAN,
      DETECTOR_DEVIATION,
    );
    const outputs = await this.#session.run({ [this.#input]: image }, { signal: options.signal });
    const faces = decodeScrfd(scrfdHeads(outputs, size), size, MIN_SCORE);
    const scale = 1 / matrix[4]; // the vertical scale for both axes, as InsightFace does
    return nonMaxSuppression(faces, SAME_FACE_OVERLAP).map((face) => scaled(face, scale));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

function scaled({ box, score, landmarks }: FaceDetection, scale: number): FaceDetection {
  return {
    box: { x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale },
    score,
    landmarks: landmarks.map(([x, y]) => [x * scale, y * scale]),
  };
}

const LANDMARK_SIZE = 192;
const LANDMARK_CROP_ENLARGEMENT = 1.5;

/** Returns the matrix from the frame to the crop that the landmark network sees: the box's center in its middle. */
function landmarkCrop({ x, y, width, height }: Box): AffineMatrix {
  const scale = LANDMARK_SIZE / (Math.max(width, height) * LANDMARK_CROP_ENLARGEMENT);
  const middle = LANDMARK_SIZE / 2;
  return [scale, 0, middle - scale * (x + width / 2), 0, scale, middle - scale * (y + height / 2)];
}

/** Finds the 106 landmarks of faces with `2d106det.onnx`. */
export class InsightFaceLandmarks implements AsyncDisposable {
  readonly #session: Session;
  readonly #input: string;
  readonly #channelOrder: ChannelOrder;

  private constructor(session: Session, input: string, channelOrder: ChannelOrder) {
    this.#session = session;
    this.#input = input;
    this.#channelOrder = channelOrder;
  }

  /**
   * @param bytes - the file `2d106det.onnx`.
   * @throws LatentSyncError `runtime-failed` when it is not a model, `checkpoint-corrupt` when it is a different one.
   */
  static async create(
    runtime: Runtime,
    bytes: Uint8Array,
    { channelOrder = 'rgb' }: { channelOrder?: ChannelOrder } = {},
  ): Promise<InsightFaceLandmarks> {
    const { session, input } = await openSession(runtime, '2d106det.onnx', bytes);
    return new InsightFaceLandmarks(session, input, channelOrder);
  }

  /** Returns x, y for each of the 106 landmarks of the face in a detector's box, in pixels of the frame. */
  async landmarks(frame: Image8, box: Box, signal?: AbortSignal): Promise<Float32Array> {
    const matrix = landmarkCrop(box);
    const crop = warpAffine(frame, matrix, LANDMARK_SIZE, LANDMARK_SIZE, { fill: 0 });
    const image = planes(crop, this.#channelOrder, 0, 1);
    const [output] = Object.values(await this.#session.run({ [this.#input]: image }, { signal }));
    if (output.size !== INSIGHTFACE_LANDMARKS * 2) {
      throw notInsightFace(
        '2d106det.onnx',
        `its output has ${output.size} numbers instead of ${INSIGHTFACE_LANDMARKS * 2}`,
      );
    }
    const positions = toFloat32(output).data; // −1 … 1 across the crop
    const toFrame = invertAffine(matrix);
    const landmarks = new Float32Array(positions.length);
    for (let i = 0; i < positions.length; i += 2) {
      const inCrop: Point = [((positions[i] + 1) * LANDMARK_SIZE) / 2, ((positions[i + 1] + 1) * LANDMARK_SIZE) / 2];
      landmarks.set(transformPoint(toFrame, inCrop), i);
    }
    return landmarks;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
