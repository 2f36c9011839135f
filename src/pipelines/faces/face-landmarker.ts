// FaceLandmarker: a frame [H,W,3|4] → the landmarks of its faces, from either family of networks.
import { parseTfjsGraphModel, type TfjsModelFiles } from '../../checkpoint/tfjs-graph-model.ts';
import { FaceDetector, searchSquares, wholeFrame } from '../../models/face-detector.ts';
import { embeddingCrop, FaceEmbedding } from '../../models/face-embedding.ts';
import { FaceMesh, squareAroundDetection, squareAroundMesh, type MeshResult } from '../../models/face-mesh.ts';
import { InsightFaceDetector, InsightFaceLandmarks } from '../../models/insightface.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { faceColors } from '../../vision/face-colors.ts';
import {
  DEFAULT_FACE_LIMITS,
  followedFace,
  isSameFace,
  isValidFace,
  largestFace,
  type FaceDetection,
  type FaceLimits,
} from '../../vision/face-selection.ts';
import type { Box, RotatedSquare } from '../../vision/geometry.ts';
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
  signal?: AbortSignal;
}

/** Options of {@link FaceLandmarker.search}. */
export interface FaceSearchOptions {
  /** The parts of the frame to look at; InsightFace always looks at all of it. Default: everywhere, for large and small faces. */
  squares?: readonly RotatedSquare[];
  /** Where faces are that are known, or where none was when last looked at. */
  known?: readonly Box[];
  signal?: AbortSignal;
}

/** What a search has found. */
export interface FaceSearchResult {
  /** Largest first. None of them covers another, or a known one. */
  readonly faces: readonly FaceLandmarks[];
  /** Where the detector saw something that is not a face. */
  readonly rejected: readonly Box[];
}

/** Finds faces in frames. Disposing it closes its networks. */
export interface FaceLandmarker extends AsyncDisposable {
  /** Returns the face that `previous` shows if it is still there, else the largest; undefined if there is none. */
  detect(frame: Image8, options?: LandmarkOptions): Promise<FaceLandmarks | undefined>;
  /** Returns where the faces of the previous frame are, in the same order; undefined for those that are not near any more. */
  follow(
    frame: Image8,
    faces: readonly FaceLandmarks[],
    options?: { signal?: AbortSignal },
  ): Promise<(FaceLandmarks | undefined)[]>;
  /** Returns the faces that a frame shows besides the known ones. */
  search(frame: Image8, options?: FaceSearchOptions): Promise<FaceSearchResult>;
  /** Returns what is seen of a person in a frame. */
  portrait(frame: Image8, face: FaceLandmarks): FacePortrait;
  /** Returns by what the person of a portrait is recognized. */
  identify(portrait: FacePortrait, options?: { signal?: AbortSignal }): Promise<FaceIdentity>;
}

/** Returns the files of a network that not every job needs. */
export type LazyModelFiles = () => Promise<TfjsModelFiles>;

/** What is seen of a person in a frame. */
export interface FacePortrait {
  /** The face, upright, RGB bytes [224, 224, 3]. */
  readonly face: Uint8Array;
  /** Of hair and clothes, see `faceColors`. */
  readonly colors: Float32Array;
}

/** By what a person is recognized in other frames. */
export interface FaceIdentity {
  /** Of length 1: the product of two is near 1 for one person, [1024]. */
  readonly embedding: Float32Array;
  /** Of hair and clothes, see `faceColors`. */
  readonly colors: Float32Array;
}

/** Options that both landmarkers share. */
export interface LandmarkerOptions {
  /** Accepts the faces that the reference accepts, and looks for the largest in every frame. Default false. */
  reference?: boolean;
}

/** A crop shows no face if the mesh network is less certain than this. */
const MIN_PRESENCE = 0.5;

/** The detector is less certain of faces that are small, rolled or turned away; whether they are faces, the mesh tells. */
const MIN_DETECTOR_SCORE = 0.35;

/** Every face that can be distinguished from noise. */
const LENIENT_FACE_LIMITS: Readonly<FaceLimits> = {
  minimumWidth: 24,
  minimumHeight: 24,
  minimumAspect: 0.2,
  maximumAspect: 2,
  minimumScore: MIN_DETECTOR_SCORE,
};

function isNewFace(box: Box, known: readonly Box[]): boolean {
  return known.every((other) => !isSameFace(box, other));
}

function bySize<T extends { readonly box: Box }>(faces: readonly T[]): T[] {
  const area = ({ box }: T): number => box.width * box.height;
  return faces.toSorted((a, b) => area(b) - area(a));
}

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

/** Tells people apart; its network is loaded when the first one is asked for. */
class FaceRecognizer implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #files: LazyModelFiles;
  #network: Promise<FaceEmbedding> | undefined;

  constructor(runtime: Runtime, files: LazyModelFiles) {
    this.#runtime = runtime;
    this.#files = files;
  }

  async identify({ face, colors }: FacePortrait, options: { signal?: AbortSignal } = {}): Promise<FaceIdentity> {
    this.#network ??= this.#load();
    const network = await this.#network;
    return { embedding: await network.embed(face, options), colors };
  }

  async #load(): Promise<FaceEmbedding> {
    return FaceEmbedding.create(this.#runtime, parseTfjsGraphModel(await this.#files()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#network)?.[Symbol.asyncDispose]();
  }
}

/** BlazeFace and FaceMesh. The detector finds faces; from then on, the mesh follows them. */
class MeshLandmarker implements FaceLandmarker {
  readonly #detector: FaceDetector;
  readonly #mesh: FaceMesh;
  readonly #recognizer: FaceRecognizer;
  readonly #reference: boolean;

  constructor(detector: FaceDetector, mesh: FaceMesh, recognizer: FaceRecognizer, reference: boolean) {
    this.#detector = detector;
    this.#mesh = mesh;
    this.#recognizer = recognizer;
    this.#reference = reference;
  }

  async detect(frame: Image8, { previous, signal }: LandmarkOptions = {}): Promise<FaceLandmarks | undefined> {
    if (this.#reference) return this.#largest(frame, signal);
    const [followed] = previous ? await this.follow(frame, [previous], { signal }) : [];
    if (followed) return followed;
    // Small faces matter only where the whole frame shows none.
    const large = await this.search(frame, { squares: [wholeFrame(frame)], signal });
    return large.faces.at(0) ?? (await this.search(frame, { signal })).faces.at(0);
  }

  /** Returns the largest face of those that the reference accepts. */
  async #largest(frame: Image8, signal: AbortSignal | undefined): Promise<FaceLandmarks | undefined> {
    for (const squares of [[wholeFrame(frame)], searchSquares(frame)]) {
      let candidates = await this.#detector.detect(frame, { squares, signal });
      for (let face; (face = largestFace(candidates, DEFAULT_FACE_LIMITS)); candidates = without(candidates, face)) {
        const result = await this.#mesh.refine(frame, squareAroundDetection(face), { signal });
        if (result.presence >= MIN_PRESENCE) return meshDetection(result);
      }
    }
    return undefined;
  }

  async follow(
    frame: Image8,
    faces: readonly FaceLandmarks[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<(FaceLandmarks | undefined)[]> {
    const followed: (FaceLandmarks | undefined)[] = [];
    for (const { landmarks } of faces) {
      const result = await this.#mesh.refine(frame, squareAroundMesh(landmarks), { signal });
      followed.push(result.presence >= MIN_PRESENCE ? meshDetection(result) : undefined);
    }
    return followed;
  }

  async search(frame: Image8, { squares, known = [], signal }: FaceSearchOptions = {}): Promise<FaceSearchResult> {
    const candidates = await this.#detector.detect(frame, { squares, minScore: MIN_DETECTOR_SCORE, signal });
    const faces: FaceLandmarks[] = [];
    const rejected: Box[] = [];
    for (const candidate of bySize(candidates)) {
      const isTaken = !isNewFace(candidate.box, [...known, ...faces.map(({ box }) => box)]);
      if (isTaken || !isValidFace(candidate, LENIENT_FACE_LIMITS)) continue;
      const upright = await this.#detector.upright(frame, candidate, { signal });
      const result = await this.#mesh.refine(frame, squareAroundDetection(upright), { signal });
      const face = meshDetection(result);
      if (result.presence < MIN_PRESENCE) rejected.push(candidate.box);
      else if (isNewFace(face.box, [...known, ...faces.map(({ box }) => box)])) faces.push(face);
    }
    return { faces: bySize(faces), rejected };
  }

  portrait(frame: Image8, { landmarks }: FaceLandmarks): FacePortrait {
    return portraitIn(frame, squareAroundMesh(landmarks));
  }

  identify(portrait: FacePortrait, options?: { signal?: AbortSignal }): Promise<FaceIdentity> {
    return this.#recognizer.identify(portrait, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#detector[Symbol.asyncDispose]();
    await this.#mesh[Symbol.asyncDispose]();
    await this.#recognizer[Symbol.asyncDispose]();
  }
}

function portraitIn(frame: Image8, square: RotatedSquare): FacePortrait {
  return { face: embeddingCrop(frame, square), colors: faceColors(frame, square) };
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
  readonly #recognizer: FaceRecognizer;
  readonly #reference: boolean;
  /** What the detector has found in the frame last looked at: it is asked once to follow, and once to search. */
  #last: { frame: Image8; faces: FaceDetection[] } | undefined;

  constructor(
    detector: InsightFaceDetector,
    landmarks: InsightFaceLandmarks,
    recognizer: FaceRecognizer,
    reference: boolean,
  ) {
    this.#detector = detector;
    this.#landmarks = landmarks;
    this.#recognizer = recognizer;
    this.#reference = reference;
  }

  async detect(frame: Image8, { previous, signal }: LandmarkOptions = {}): Promise<FaceLandmarks | undefined> {
    const faces = await this.#detect(frame, signal);
    if (this.#reference) {
      const face = largestFace(faces, DEFAULT_FACE_LIMITS);
      const found = face && (await this.#refine(frame, face, signal));
      return found && { ...found, landmarks: found.landmarks.map(Math.round) };
    }
    const followed = previous && followedFace(faces, previous.box, LENIENT_FACE_LIMITS);
    const face = followed ?? largestFace(faces, LENIENT_FACE_LIMITS);
    return face && this.#refine(frame, face, signal);
  }

  async follow(
    frame: Image8,
    faces: readonly FaceLandmarks[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<(FaceLandmarks | undefined)[]> {
    let free = await this.#detect(frame, signal);
    const followed: (FaceLandmarks | undefined)[] = [];
    for (const { box } of faces) {
      const face = followedFace(free, box, LENIENT_FACE_LIMITS);
      followed.push(face && (await this.#refine(frame, face, signal)));
      if (face) free = without(free, face);
    }
    return followed;
  }

  async search(frame: Image8, { known = [], signal }: FaceSearchOptions = {}): Promise<FaceSearchResult> {
    const found = (await this.#detect(frame, signal)).filter((face) => isValidFace(face, LENIENT_FACE_LIMITS));
    const faces: FaceLandmarks[] = [];
    for (const face of bySize(found)) {
      const isNew = isNewFace(face.box, [...known, ...faces.map(({ box }) => box)]);
      if (isNew) faces.push(await this.#refine(frame, face, signal));
    }
    return { faces, rejected: [] };
  }

  portrait(frame: Image8, { box: { x, y, width, height } }: FaceLandmarks): FacePortrait {
    const side = DETECTED_FACE_SQUARE * Math.max(width, height);
    return portraitIn(frame, { centerX: x + width / 2, centerY: y + height / 2, side, angle: 0 });
  }

  identify(portrait: FacePortrait, options?: { signal?: AbortSignal }): Promise<FaceIdentity> {
    return this.#recognizer.identify(portrait, options);
  }

  async #detect(frame: Image8, signal: AbortSignal | undefined): Promise<FaceDetection[]> {
    if (this.#last?.frame !== frame) this.#last = { frame, faces: await this.#detector.detect(frame, { signal }) };
    return this.#last.faces;
  }

  async #refine(frame: Image8, { box, score }: FaceDetection, signal: AbortSignal | undefined): Promise<FaceLandmarks> {
    const landmarks = await this.#landmarks.landmarks(frame, box, signal);
    return { kind: 'insightface106', box, score, landmarks };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#detector[Symbol.asyncDispose]();
    await this.#landmarks[Symbol.asyncDispose]();
    await this.#recognizer[Symbol.asyncDispose]();
  }
}

/** InsightFace's boxes end at the forehead and the chin; the square around a mesh is half as large again. */
const DETECTED_FACE_SQUARE = 1.35;

/**
 * Returns a landmarker that runs BlazeFace and FaceMesh.
 *
 * @param files - the TensorFlow.js models; in Node `openFaceLandmarker` reads those of this package.
 * @throws LatentSyncError `checkpoint-corrupt` when they are different models.
 * @example
 * await using landmarker = await createMeshLandmarker(runtime, { detector, mesh, embedding: () => fetchEmbedding() });
 * const face = await landmarker.detect(frame);
 */
export async function createMeshLandmarker(
  runtime: Runtime,
  files: { detector: TfjsModelFiles; mesh: TfjsModelFiles; embedding: LazyModelFiles },
  { reference = false }: LandmarkerOptions = {},
): Promise<FaceLandmarker> {
  const networks = { detector: parseTfjsGraphModel(files.detector), mesh: parseTfjsGraphModel(files.mesh) };
  const detector = await FaceDetector.create(runtime, networks.detector);
  const mesh = await orDispose(detector, FaceMesh.create(runtime, networks.mesh));
  return new MeshLandmarker(detector, mesh, new FaceRecognizer(runtime, files.embedding), reference);
}

/** Side of the detector's image in the reference. */
const REFERENCE_DETECTOR_SIZE = 512;

/**
 * Returns a landmarker that runs InsightFace's networks, whose license allows non-commercial use only.
 *
 * In reference mode it does what the reference does: the detector's image is 512×512, RGB is mistaken for BGR, landmarks are
 * rounded to whole pixels.
 *
 * @param files - bytes of `det_10g.onnx` and `2d106det.onnx` of buffalo_l, and the network of this package that tells people apart.
 * @throws LatentSyncError when they are different files.
 */
export async function createInsightFaceLandmarker(
  runtime: Runtime,
  files: { detector: Uint8Array; landmarks: Uint8Array; embedding: LazyModelFiles },
  { reference = false }: LandmarkerOptions = {},
): Promise<FaceLandmarker> {
  const channelOrder = reference ? 'bgr' : 'rgb';
  const detector = await InsightFaceDetector.create(runtime, files.detector, {
    channelOrder,
    ...(reference && { size: REFERENCE_DETECTOR_SIZE }),
  });
  const landmarks = await orDispose(detector, InsightFaceLandmarks.create(runtime, files.landmarks, { channelOrder }));
  return new InsightFaceLandmarker(detector, landmarks, new FaceRecognizer(runtime, files.embedding), reference);
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
