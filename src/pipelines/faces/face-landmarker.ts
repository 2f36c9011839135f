// FaceLandmarker: a frame [H,W,3|4] → the landmarks of the face to synchronize, from either family of networks.
import { parseTfjsGraphModel, type TfjsModelFiles } from '../../checkpoint/tfjs-graph-model.ts';
import { FaceDetector } from '../../models/face-detector.ts';
import { FaceMesh, squareAroundDetection, squareAroundMesh, type MeshResult } from '../../models/face-mesh.ts';
import { InsightFaceDetector, InsightFaceLandmarks } from '../../models/insightface.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { DEFAULT_FACE_LIMITS, followedFace, largestFace, type FaceLimits } from '../../vision/face-selection.ts';
import type { Box } from '../../vision/geometry.ts';
import type { Image8 } from '../../tensor/image.ts';

/** Which landmarks there are: x, y, z of FaceMesh's 468, or x, y of InsightFace's 106. */
export type LandmarkKind = 'mesh468' | 'insightface106';

/** The face found in a frame. */
export interface FaceLandmarks {
  readonly kind: LandmarkKind;
  /** `mesh468`: the smallest box that holds all landmarks. `insightface106`: the detector's. */
  readonly box: Box;
  /** How certain it is that this is a face, 0 … 1. */
  readonly score: number;
  /** `mesh468`: x, y, z of each in turn. `insightface106`: x, y of each. In pixels of the frame. */
  readonly landmarks: Float32Array;
}

/** Options of {@link FaceLandmarker.detect}. */
export interface LandmarkOptions {
  /** The face in the previous frame, where the search begins. Omit it at a cut. */
  previous?: FaceLandmarks;
  /**
   * Skips the search of parts of the frame for small faces (which InsightFace never does): a twentieth of the time when there is
   * no face. Default false.
   */
  quick?: boolean;
  signal?: AbortSignal;
}

/** Finds one face in each of many frames. Disposing it closes its networks. */
export interface FaceLandmarker extends AsyncDisposable {
  /** Returns the face that `previous` shows if it is still there, else the largest; undefined if there is none. */
  detect(frame: Image8, options?: LandmarkOptions): Promise<FaceLandmarks | undefined>;
}

/** Options that both landmarkers share. */
export interface LandmarkerOptions {
  /** Accepts the faces that the reference accepts, and looks for the largest in every frame. Default false. */
  reference?: boolean;
}

/** A crop shows no face if the mesh network is less certain than this. */
const MIN_PRESENCE = 0.5;

/** Every face that can be distinguished from noise. */
export const LENIENT_FACE_LIMITS: Readonly<FaceLimits> = {
  minimumWidth: 24,
  minimumHeight: 24,
  minimumAspect: 0.2,
  maximumAspect: 2,
  minimumScore: 0.5,
};

/** Returns the smallest box that holds landmarks given as x, y, z. */
function boxAround(landmarks: Float32Array): Box {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < landmarks.length; i += 3) {
    minX = Math.min(minX, landmarks[i]);
    maxX = Math.max(maxX, landmarks[i]);
    minY = Math.min(minY, landmarks[i + 1]);
    maxY = Math.max(maxY, landmarks[i + 1]);
  }
  return { x: minX, y: minY, width: maxX - minX, height: maxY - minY };
}

/** BlazeFace and FaceMesh. The detector runs on the first frame and when the face is lost; between, the mesh follows it. */
class MeshLandmarker implements FaceLandmarker {
  readonly #detector: FaceDetector;
  readonly #mesh: FaceMesh;
  readonly #reference: boolean;

  constructor(detector: FaceDetector, mesh: FaceMesh, reference: boolean) {
    this.#detector = detector;
    this.#mesh = mesh;
    this.#reference = reference;
  }

  async detect(frame: Image8, { previous, quick, signal }: LandmarkOptions = {}): Promise<FaceLandmarks | undefined> {
    if (previous?.kind === 'mesh468' && !this.#reference) {
      const result = await this.#mesh.refine(frame, squareAroundMesh(previous.landmarks), { signal });
      if (result.presence >= MIN_PRESENCE) return meshDetection(result);
    }
    const limits = this.#reference ? DEFAULT_FACE_LIMITS : LENIENT_FACE_LIMITS;
    let candidates = await this.#detector.detect(frame, { quick, signal });
    for (let face; (face = largestFace(candidates, limits)); candidates = without(candidates, face)) {
      const upright = this.#reference ? face : await this.#detector.upright(frame, face, { signal });
      const result = await this.#mesh.refine(frame, squareAroundDetection(upright), { signal });
      if (result.presence >= MIN_PRESENCE) return meshDetection(result);
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#detector[Symbol.asyncDispose]();
    await this.#mesh[Symbol.asyncDispose]();
  }
}

function without<T>(items: readonly T[], item: T): T[] {
  return items.filter((other) => other !== item);
}

function meshDetection({ landmarks, presence }: MeshResult): FaceLandmarks {
  return { kind: 'mesh468', box: boxAround(landmarks), score: presence, landmarks };
}

/** InsightFace's detector and 106 landmarks, both on every frame. */
class InsightFaceLandmarker implements FaceLandmarker {
  readonly #detector: InsightFaceDetector;
  readonly #landmarks: InsightFaceLandmarks;
  readonly #reference: boolean;

  constructor(detector: InsightFaceDetector, landmarks: InsightFaceLandmarks, reference: boolean) {
    this.#detector = detector;
    this.#landmarks = landmarks;
    this.#reference = reference;
  }

  async detect(frame: Image8, { previous, signal }: LandmarkOptions = {}): Promise<FaceLandmarks | undefined> {
    const limits = this.#reference ? DEFAULT_FACE_LIMITS : LENIENT_FACE_LIMITS;
    const faces = await this.#detector.detect(frame, { signal });
    const followed = previous && !this.#reference ? followedFace(faces, previous.box, limits) : undefined;
    const face = followed ?? largestFace(faces, limits);
    if (!face) return undefined;
    const found = await this.#landmarks.landmarks(frame, face.box, signal);
    const landmarks = this.#reference ? found.map(Math.round) : found;
    return { kind: 'insightface106', box: face.box, score: face.score, landmarks };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#detector[Symbol.asyncDispose]();
    await this.#landmarks[Symbol.asyncDispose]();
  }
}

/**
 * Returns a landmarker that runs BlazeFace and FaceMesh.
 *
 * @param files - the TensorFlow.js models of both; in Node `openFaceLandmarker` reads those of this package.
 * @throws LatentSyncError `checkpoint-corrupt` when they are different models.
 * @example
 * await using landmarker = await createMeshLandmarker(runtime, { detector, mesh });
 * const face = await landmarker.detect(frame);
 */
export async function createMeshLandmarker(
  runtime: Runtime,
  files: { detector: TfjsModelFiles; mesh: TfjsModelFiles },
  { reference = false }: LandmarkerOptions = {},
): Promise<FaceLandmarker> {
  const networks = { detector: parseTfjsGraphModel(files.detector), mesh: parseTfjsGraphModel(files.mesh) };
  const detector = await FaceDetector.create(runtime, networks.detector);
  const mesh = await orDispose(detector, FaceMesh.create(runtime, networks.mesh));
  return new MeshLandmarker(detector, mesh, reference);
}

/** Side of the detector's image in the reference. */
const REFERENCE_DETECTOR_SIZE = 512;

/**
 * Returns a landmarker that runs InsightFace's networks, whose license allows non-commercial use only.
 *
 * In reference mode it does what the reference does: the detector's image is 512×512, RGB is mistaken for BGR, landmarks are
 * rounded to whole pixels.
 *
 * @param files - bytes of `det_10g.onnx` and `2d106det.onnx` of buffalo_l.
 * @throws LatentSyncError when they are different files.
 */
export async function createInsightFaceLandmarker(
  runtime: Runtime,
  files: { detector: Uint8Array; landmarks: Uint8Array },
  { reference = false }: LandmarkerOptions = {},
): Promise<FaceLandmarker> {
  const channelOrder = reference ? 'bgr' : 'rgb';
  const detector = await InsightFaceDetector.create(runtime, files.detector, {
    channelOrder,
    ...(reference && { size: REFERENCE_DETECTOR_SIZE }),
  });
  const landmarks = await orDispose(detector, InsightFaceLandmarks.create(runtime, files.landmarks, { channelOrder }));
  return new InsightFaceLandmarker(detector, landmarks, reference);
}

/** Returns what a promise gives, or closes a resource when it fails. */
async function orDispose<T>(resource: AsyncDisposable, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    await resource[Symbol.asyncDispose]();
    throw error;
  }
}
