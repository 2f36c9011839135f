// Films rendered pictures [H,W,4]: light, lens, sensor, tone curve and still compression of one camera, each frame on its own.
import type { PlaneSize } from './blur.ts';
import { gaussianBlur, motionBlur } from './blur.ts';
import { PERFECT_CAMERA, type CameraLook } from './camera-look.ts';
import { atHalfResolution, coarsened, sharpen, toLumaChroma, toRgb } from './color-planes.ts';
import { loseAsJpeg } from './jpeg-loss.ts';
import { addGrain, grainOf } from './sensor-grain.ts';
import { encodePlanes, linearPlanes, writePicture } from './transfer-curve.ts';
import { whiteBalanceGains } from './white-balance.ts';

/** Encoded value that contrast does not move: middle gray. */
const MIDDLE = 0.45;

/** One camera. All frames get the same, apart from their grain: what is filmed first can be a reference for what comes later. */
export class Camera {
  readonly #look: CameraLook;
  readonly #seed: number;
  /** Of the white balance. */
  readonly #gains: readonly number[];

  /** @param seed - of the grain. */
  constructor(look: CameraLook, seed: number) {
    this.#look = look;
    this.#seed = seed;
    this.#gains = whiteBalanceGains(look.warmth, look.tint);
  }

  /**
   * Films a frame, in place.
   *
   * @param frame - decides the grain.
   * @param motion - pixels by which what is filmed moves until the next frame.
   */
  film(
    picture: PlaneSize & { data: Uint8ClampedArray },
    frame: number,
    motion: { x: number; y: number } = { x: 0, y: 0 },
  ): void {
    const look = this.#look;
    if (look === PERFECT_CAMERA) return;
    const { shutter, grain } = look;
    let planes = linearPlanes(picture.data);
    gaussianBlur(planes, picture, look.defocus);
    planes = motionBlur(planes, picture, { x: shutter * motion.x, y: shutter * motion.y });
    this.#expose(planes);
    if (grain.shot > 0 || grain.read > 0)
      addGrain(planes, grainOf(frame, picture, grain, this.#seed), grain, this.#gains);
    encodePlanes(planes);
    toLumaChroma(planes);
    this.#tone(planes);
    sharpen(planes, picture, look.sharpening);
    planes = coarsened(planes, picture, look.coarseness);
    this.#compress(planes, picture);
    toRgb(planes);
    writePicture(planes, picture.data);
  }

  #compress(planes: Float32Array, size: PlaneSize): void {
    const area = size.width * size.height;
    const loseColor = (chroma: Float32Array, chromaSize: PlaneSize): void => {
      for (const plane of [chroma.subarray(0, chroma.length / 2), chroma.subarray(chroma.length / 2)])
        for (const quality of jpegs) loseAsJpeg(plane, chromaSize, 'chroma', quality);
    };
    const jpegs = this.#look.compressions.flatMap((each) => (each.codec === 'jpeg' ? [each.quality] : []));
    for (const quality of jpegs) loseAsJpeg(planes.subarray(0, area), size, 'luma', quality);
    if (this.#look.subsampled) atHalfResolution(planes.subarray(area), size, loseColor);
    else loseColor(planes.subarray(area), size);
  }

  #expose(planes: Float32Array): void {
    const size = planes.length / 3;
    const { flare, exposure } = this.#look;
    const light = 2 ** exposure;
    for (let channel = 0; channel < 3; channel++) {
      const gain = light * this.#gains[channel];
      for (let i = channel * size; i < (channel + 1) * size; i++) planes[i] = gain * (planes[i] + flare);
    }
  }

  #tone(planes: Float32Array): void {
    const { contrast, gamma, saturation } = this.#look;
    const size = planes.length / 3;
    for (let i = 0; i < size; i++) {
      const curved = gamma === 1 ? planes[i] : Math.max(0, planes[i]) ** gamma;
      // Straight around the middle, and flatter toward black and white, which stay about where they are.
      const away = curved - MIDDLE;
      const room = Math.max(0, 1 - (away / (away > 0 ? 1 - MIDDLE : MIDDLE)) ** 2);
      planes[i] = curved + (contrast - 1) * away * room;
    }
    for (let i = size; i < planes.length; i++) planes[i] *= saturation;
  }
}
