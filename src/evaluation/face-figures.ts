// FaceFigures: aligned faces [R,R,3] one after another → how the drawn part flickers, how sharp it is, and whether anything moves.
import type { Image8 } from '../tensor/image.ts';
import { mouthShares } from '../vision/face-regions.ts';
import { inpaintMask } from '../vision/mask.ts';

/** The middle of a face, in its width, in which skin is compared. */
const MIDDLE = 0.35;

/** What the pictures of a face are like. */
export interface PictureFigures {
  /** Mean change of a pixel from frame to frame, gray levels. */
  readonly change: number;
  /** By how much skin that sync draws differs from the mean of the frames before and after, over the same of the rest of the face. */
  readonly flicker: number;
  /** Fine detail of the mouth over that of eyes and forehead. */
  readonly sharpness: number;
}

/** Mean over what was added. */
class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }

  /** NaN of nothing. */
  get value(): number {
    return this.#sum / this.#count;
  }
}

/** Pixels of an aligned face, by what they are compared as. */
interface Places {
  /** Skin that is drawn, beside the mouth. */
  readonly drawn: readonly number[];
  /** What is not drawn. */
  readonly rest: readonly number[];
  readonly mouth: readonly number[];
}

const placesBySide = new Map<number, Places>();

function placesOf(side: number): Places {
  const known = placesBySide.get(side);
  if (known) return known;
  const [mask, mouths] = [inpaintMask(side), mouthShares(side)];
  const inside = Array.from(mask.keys()).filter((i) => {
    const [x, y] = [(i % side) + 0.5, Math.floor(i / side) + 0.5];
    return Math.abs(x / side - 0.5) < MIDDLE && y > 2 && y < side - 2;
  });
  const places = {
    drawn: inside.filter((i) => mask[i] === 0 && mouths[i] === 0),
    rest: inside.filter((i) => mask[i] === 1 && i < 0.5 * side * side),
    mouth: inside.filter((i) => mouths[i] === 1),
  };
  placesBySide.set(side, places);
  return places;
}

/** Sums up the faces of one person, a few frames at a time. */
export class FaceFigures {
  readonly #side: number;
  readonly #places: Places;
  #recent: Float32Array[] = [];
  readonly #change = new Mean();
  readonly #drawnFlicker = new Mean();
  readonly #restFlicker = new Mean();
  readonly #mouthDetail = new Mean();
  readonly #restDetail = new Mean();

  /** @param side - R. */
  constructor(side: number) {
    this.#side = side;
    this.#places = placesOf(side);
  }

  /** Starts anew where a face does not continue from the frame before. */
  restart(): void {
    this.#recent = [];
  }

  /** Adds the face of the next frame. */
  add(face: Image8): void {
    const now = grayOf(face);
    const { drawn, rest, mouth } = this.#places;
    const [before, middle] = this.#recent.slice(-2);
    const last = this.#recent.at(-1);
    if (last) this.#change.add(meanOver(now.keys(), now.length, (i) => Math.abs(now[i] - last[i])));
    if (this.#recent.length === 2) {
      const flicker = (i: number): number => Math.abs(middle[i] - (before[i] + now[i]) / 2);
      this.#drawnFlicker.add(meanOver(drawn, drawn.length, flicker));
      this.#restFlicker.add(meanOver(rest, rest.length, flicker));
    }
    const side = this.#side;
    const detail = (i: number): number =>
      Math.abs(now[i] - (now[i - 1] + now[i + 1] + now[i - side] + now[i + side]) / 4);
    this.#mouthDetail.add(meanOver(mouth, mouth.length, detail));
    this.#restDetail.add(meanOver(rest, rest.length, detail));
    this.#recent = [...this.#recent.slice(-1), now];
  }

  /** What was found; figures without enough frames are NaN. */
  get figures(): PictureFigures {
    return {
      change: this.#change.value,
      flicker: this.#drawnFlicker.value / this.#restFlicker.value,
      sharpness: this.#mouthDetail.value / this.#restDetail.value,
    };
  }
}

function grayOf({ data, width, height }: Image8): Float32Array {
  return Float32Array.from(
    { length: width * height },
    (_, i) => 0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2],
  );
}

function meanOver(places: Iterable<number>, count: number, value: (place: number) => number): number {
  let sum = 0;
  for (const place of places) sum += value(place);
  return sum / count;
}
