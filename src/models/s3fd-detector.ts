// S3FDDetector: a frame [H,W,3|4] → its faces, as the official evaluation looks for them: in a quarter of the frame's size.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { bindWeights, checkWeights } from '../nn/weights.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import type { Image8 } from '../tensor/image.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import type { FaceDetection } from '../vision/face-selection.ts';
import { s3fdDetections, s3fdFaces, s3fdPriors, type ImageSize } from './s3fd-boxes.ts';
import { S3FD, s3fdGraph } from './s3fd.ts';

/** Frames are looked at in a quarter of their size. */
const SHRINKAGE = 4;

/** What counts as a face. */
const CONFIDENCE = 0.9;

/** What is subtracted from red, green and blue. */
const MEANS = [123, 117, 104] as const;

/** The network for frames of one size. */
interface SizedNetwork {
  readonly frame: ImageSize;
  readonly image: ImageSize;
  readonly priors: Float32Array;
  readonly session: Session;
}

/** Finds faces in frames. Disposing it closes its network, but not the weights. */
export class S3FDDetector implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #weights: Checkpoint;
  readonly #model = new S3FD();
  #network: SizedNetwork | undefined;

  /**
   * @param weights - `sfd_face.pth`, open as long as the detector is.
   * @throws CheckpointMismatchError when they are not exactly the network's.
   */
  constructor(runtime: Runtime, weights: Checkpoint) {
    checkWeights(this.#model, weights);
    this.#runtime = runtime;
    this.#weights = weights;
  }

  /** Returns the faces of a frame in its pixels, best first; they have no landmarks. Frames of one size in a row share a network. */
  async detect(frame: Image8, { signal }: { signal?: AbortSignal } = {}): Promise<FaceDetection[]> {
    const { session, image, priors } = await this.#networkFor(frame, signal);
    const { loc, conf } = await session.run({ image: shrunkPlanes(frame, image) }, { signal });
    return s3fdFaces(s3fdDetections(toFloat32(loc), toFloat32(conf), priors), frame, { confidence: CONFIDENCE });
  }

  async #networkFor({ width, height }: ImageSize, signal: AbortSignal | undefined): Promise<SizedNetwork> {
    const known = this.#network;
    if (known?.frame.width === width && known.frame.height === height) return known;
    await known?.session[Symbol.asyncDispose]();
    this.#network = undefined;
    const image = { width: Math.round(width / SHRINKAGE), height: Math.round(height / SHRINKAGE) };
    const model = await bindWeights(s3fdGraph(this.#model, image), this.#weights);
    const session = await this.#runtime.createSession(model, { signal });
    return (this.#network = { frame: { width, height }, image, priors: s3fdPriors(image), session });
  }

  /** Frees the network. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network?.session[Symbol.asyncDispose]();
  }
}

/**
 * Shrinks a frame to a quarter, bilinearly without smoothing, as OpenCV does: of each 4×4 pixels, the middle four count, and the mean is
 * rounded to a byte. Less the means, [1, 3, H/4, W/4].
 */
function shrunkPlanes({ data, width, height, channels }: Image8, image: ImageSize): Tensor<'float32'> {
  const planes = Tensor.float32([1, 3, image.height, image.width]);
  const area = image.width * image.height;
  for (let y = 0; y < image.height; y++) {
    const rows = [1, 2].map((more) => Math.min(height - 1, SHRINKAGE * y + more) * width);
    for (let x = 0; x < image.width; x++) {
      const columns = [1, 2].map((more) => Math.min(width - 1, SHRINKAGE * x + more));
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const row of rows) for (const column of columns) sum += data[(row + column) * channels + channel];
        planes.data[channel * area + y * image.width + x] = Math.floor((sum + 2) / 4) - MEANS[channel];
      }
    }
  }
  return planes;
}
