// FaceMesh: RGB bytes [1,192,192,3] of a rotated crop → 468 landmarks [468,3] in the frame, and whether a face is there.
// Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019; the weights are MediaPipe's.
import type { TfjsGraphModel } from '../checkpoint/tfjs-graph-model.ts';
import type { OnnxModel } from '../onnx/model-proto.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import type { FaceDetection } from '../vision/face-selection.ts';
import type { Image8 } from '../tensor/image.ts';
import type { RotatedSquare } from '../vision/geometry.ts';
import { CropMemory, cropToFrame, CropSource } from './face-crop.ts';
import { eyeAngle } from './face-directions.ts';
import { faceNetwork, IMAGE_INPUT } from './face-network.ts';

/** Side of the crop that the network sees. */
const MESH_SIZE = 192;

/** Number of landmarks. */
export const MESH_LANDMARKS = 468;

/** The crop is this much larger than the face's extent. */
const CROP_ENLARGEMENT = 1.5;

const LEFT_EYE_OUTER_CORNER = 33;
const RIGHT_EYE_OUTER_CORNER = 263;

/** Landmarks of one face. */
export interface MeshResult {
  /** x, y, z for each of the 468 landmarks, in pixels of the frame; z grows away from the camera, 0 near the head's middle. */
  readonly landmarks: Float32Array;
  /** How certain it is that the crop shows a face, 0 … 1. */
  readonly presence: number;
}

/** Passes end when one sees no face with this certainty, 0 … 1. */
const MIN_PRESENCE = 0.5;

/** The next crop would show the same when it moves, grows and turns by less than this: parts of its side, and radians. */
const SAME_CROP = 0.02;

/** Options of {@link FaceMesh.refine}. */
export interface RefineOptions {
  /** Most runs of the network, each on the crop given by the previous landmarks. They end when that hardly changes. Default 3. */
  passes?: number;
  signal?: AbortSignal;
}

/**
 * Returns the mesh network as a model: `image` [1,192,192,3] bytes → `mesh` [1,1404] in pixels of the crop and `presence` [1,1].
 *
 * @throws LatentSyncError `checkpoint-corrupt` when it is a different network.
 */
export function faceMeshModel(network: TfjsGraphModel): OnnxModel {
  return faceNetwork(
    network,
    { size: MESH_SIZE, scale: 1 / 255, offset: 0, outputs: ['Identity_2', 'Identity_1'] },
    (_, [mesh, presence]) => ({ mesh, presence }),
  );
}

/** Returns the crop for a detected face: upright along the line between the eyes, 1.5 times the size of the box. */
export function squareAroundDetection(face: FaceDetection): RotatedSquare {
  const { box } = face;
  return {
    centerX: box.x + box.width / 2,
    centerY: box.y + box.height / 2,
    side: Math.max(box.width, box.height) * CROP_ENLARGEMENT,
    angle: eyeAngle(face),
  };
}

/** Returns the crop for a face whose landmarks are known: upright, 1.5 times the extent of the landmarks. */
export function squareAroundMesh(landmarks: Float32Array): RotatedSquare {
  const [left, right] = [LEFT_EYE_OUTER_CORNER * 3, RIGHT_EYE_OUTER_CORNER * 3];
  const angle = Math.atan2(landmarks[right + 1] - landmarks[left + 1], landmarks[right] - landmarks[left]);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  let [minU, maxU, minV, maxV] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < landmarks.length; i += 3) {
    const u = landmarks[i] * cos + landmarks[i + 1] * sin;
    const v = landmarks[i + 1] * cos - landmarks[i] * sin;
    minU = Math.min(minU, u);
    maxU = Math.max(maxU, u);
    minV = Math.min(minV, v);
    maxV = Math.max(maxV, v);
  }
  const u = (minU + maxU) / 2;
  const v = (minV + maxV) / 2;
  return {
    centerX: u * cos - v * sin,
    centerY: u * sin + v * cos,
    side: Math.max(maxU - minU, maxV - minV) * CROP_ENLARGEMENT,
    angle,
  };
}

function isSameCrop(a: RotatedSquare, b: RotatedSquare): boolean {
  const moved = Math.hypot(b.centerX - a.centerX, b.centerY - a.centerY) / a.side;
  const grown = Math.abs(b.side / a.side - 1);
  return Math.max(moved, grown, Math.abs(b.angle - a.angle)) < SAME_CROP;
}

/** Returns the network's landmarks, which are in pixels of the crop, in pixels of the frame. */
export function meshInFrame(mesh: Float32Array, square: RotatedSquare): Float32Array {
  const landmarks = new Float32Array(mesh.length);
  const scale = square.side / MESH_SIZE;
  for (let i = 0; i < mesh.length; i += 3) {
    // The network counts from the crop's edge; pixels are counted from the center of the first.
    const [x, y] = cropToFrame(square, MESH_SIZE, mesh[i] - 0.5, mesh[i + 1] - 0.5);
    landmarks[i] = x;
    landmarks[i + 1] = y;
    landmarks[i + 2] = mesh[i + 2] * scale;
  }
  return landmarks;
}

/**
 * Finds the landmarks of faces whose position is roughly known.
 *
 * @example
 * await using mesh = await FaceMesh.create(runtime, parseTfjsGraphModel(files));
 * const { landmarks } = await mesh.refine(frame, squareAroundDetection(face));
 */
export class FaceMesh implements AsyncDisposable {
  readonly #session: Session;
  readonly #memory = new CropMemory();

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @throws LatentSyncError `checkpoint-corrupt` when it is a different network. */
  static async create(runtime: Runtime, network: TfjsGraphModel): Promise<FaceMesh> {
    return new FaceMesh(await runtime.createSession(faceMeshModel(network), { threads: 1 }));
  }

  /**
   * Returns the landmarks of the face in a crop. The network runs again on the crop that its landmarks give, since it is
   * most precise on upright, centered faces; so the result hardly depends on where the first crop was.
   */
  async refine(frame: Image8, square: RotatedSquare, options: RefineOptions = {}): Promise<MeshResult> {
    const { passes = 3, signal } = options;
    using source = new CropSource(frame, square, MESH_SIZE, { memory: this.#memory });
    let crop = square;
    for (let pass = 1; ; pass++) {
      const image = new Tensor('uint8', [1, MESH_SIZE, MESH_SIZE, 3], source.crop(crop, MESH_SIZE));
      const { mesh, presence } = await this.#session.run({ [IMAGE_INPUT]: image }, { signal });
      const result = { landmarks: meshInFrame(toFloat32(mesh).data, crop), presence: toFloat32(presence).data[0] };
      if (pass === passes || result.presence < MIN_PRESENCE) return result;
      const next = squareAroundMesh(result.landmarks);
      if (isSameCrop(crop, next)) return result;
      crop = next;
    }
  }

  /** Frees the network. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
