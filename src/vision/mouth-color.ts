// MouthColor: what a change of the skin's color and light means for the parts of a mouth: lips, teeth and the dark between them.
import { luma, toGray } from '../tensor/image.ts';
import { smoothStep } from './smooth-step.ts';

/** Added to lightness before dividing by it, so that the colors of black mean nothing; in gray levels. */
const DARK = 4;

/** By how much redder than the skin lips begin to be, and are for certain. */
const LIP_REDNESS = [0.03, 0.1] as const;
/** Lightness of lips, relative to the skin's: up to where it is the dark of the mouth, and from where on too bright for a lip. */
const LIP_DARK = [0.25, 0.45] as const;
const LIP_BRIGHT = [1.05, 1.3] as const;

/** A pixel whose color differs from the skin's by this much counts as skin by 1/√e. Lips differ by 0.1 to 0.3, teeth by 0.3. */
const SKIN_SIMILARITY = 0.12;

/** A pixel brighter than skin brightens with it by no more than this times as much. */
const LARGEST_GAIN = 1.15;

/** The lips' colors are moved by no more than this. */
const LARGEST_SHIFT = 0.35;

/** Sums over pixels that look like lips: how many, and their colors relative to the skin. */
interface LipSums {
  pixels: number;
  red: number;
  blue: number;
}

/**
 * Corrects the colors of a drawn mouth, whose place in the source shows another mouth. Light changes all of it, the less the
 * darker it is. The color of the skin changes what looks like skin. Lips, which are redder than the skin in both pictures, come to
 * differ from it as the source's do. Everything else, teeth above all, keeps its color.
 *
 * Colors are (red − luma) / luma and (blue − luma) / luma, relative to the skin's.
 */
export class MouthColor {
  /** The change of the pixel that {@link correct} was given last, in gray levels. */
  readonly change = new Float64Array(3);
  readonly #enough: number;
  readonly #source: LipSums = { pixels: 0, red: 0, blue: 0 };
  readonly #drawn: LipSums = { pixels: 0, red: 0, blue: 0 };
  /** How sure it is that both faces show lips, 0 … 1, and how theirs differ. */
  #confidence = 0;
  #redShift = 0;
  #blueShift = 0;
  /** The skin around a pixel as drawn: color and light; and in the source. */
  readonly #drawnSkin = new Color();
  readonly #sourceSkin = new Color();
  /** What the source's skin has more than the drawn one, of red, green, blue, and light. */
  readonly #difference = new Float64Array(4);
  /** The pixel. */
  readonly #pixel = new Color();

  /** @param enough - number of pixels that must look like lips, so that their color can be relied on. */
  constructor(enough: number) {
    this.#enough = enough;
  }

  /** Forgets the lips of the last face. */
  reset(): void {
    for (const sums of [this.#source, this.#drawn]) sums.pixels = sums.red = sums.blue = 0;
    this.#confidence = 0;
    this.#redShift = 0;
    this.#blueShift = 0;
  }

  /**
   * Takes the skin around the next pixel, in gray levels.
   *
   * @param skin - red, green and blue that the source's has more than the drawn one, then those of the drawn one.
   */
  setSkin(skin: Float32Array): void {
    const moreRed = skin[0];
    const moreGreen = skin[1];
    const moreBlue = skin[2];
    const red = skin[3];
    const green = skin[4];
    const blue = skin[5];
    this.#drawnSkin.set(red, green, blue);
    this.#sourceSkin.set(red + moreRed, green + moreGreen, blue + moreBlue);
    const difference = this.#difference;
    difference[0] = moreRed;
    difference[1] = moreGreen;
    difference[2] = moreBlue;
    difference[3] = luma(moreRed, moreGreen, moreBlue);
  }

  // Pixels are read here, not passed as numbers, which would allocate memory for each.

  /** Looks at a pixel of the drawn face, [3, stride] in −1 … 1. */
  lookAtDrawn(drawn: Float32Array, index: number, stride: number): void {
    this.#pixel.set(toGray(drawn[index]), toGray(drawn[index + stride]), toGray(drawn[index + 2 * stride]));
    addLip(this.#drawn, this.#pixel, this.#drawnSkin);
  }

  /** Looks at a pixel of the source, whose red, green and blue begin at an index. */
  lookAtSource(source: Uint8Array | Uint8ClampedArray, index: number): void {
    this.#pixel.set(source[index], source[index + 1], source[index + 2]);
    addLip(this.#source, this.#pixel, this.#sourceSkin);
  }

  /** Compares the lips of the two faces, once all their pixels were looked at. */
  compare(): void {
    const [source, drawn] = [this.#source, this.#drawn];
    this.#confidence = Math.min(1, source.pixels / this.#enough) * Math.min(1, drawn.pixels / this.#enough);
    if (this.#confidence === 0) return;
    this.#redShift = limitedShift(source.red / source.pixels - drawn.red / drawn.pixels);
    this.#blueShift = limitedShift(source.blue / source.pixels - drawn.blue / drawn.pixels);
  }

  /** Sets {@link change} for a pixel of the drawn face, [3, stride] in −1 … 1. */
  correct(drawn: Float32Array, index: number, stride: number): void {
    const { change } = this;
    const pixel = this.#pixel;
    const skin = this.#drawnSkin;
    const difference = this.#difference;
    pixel.set(toGray(drawn[index]), toGray(drawn[index + stride]), toGray(drawn[index + 2 * stride]));
    const brighter = difference[3];
    // Where light is taken away, what is brighter than skin loses as much more, or it would glow in the dark.
    const relative = pixel.lightness / skin.lightness;
    const gain = brighter < 0 ? relative : Math.min(LARGEST_GAIN, relative);
    const lip = lipLikeness(pixel, skin) * this.#confidence;
    const tint = gain * Math.max(lip, skinLikeness(pixel, skin));
    const light = gain * brighter;
    const lipLight = lip * (pixel.lightness - DARK + light);
    const lipRed = this.#redShift * lipLight;
    const lipBlue = this.#blueShift * lipLight;
    change[0] = light + tint * (difference[0] - brighter) + lipRed;
    change[1] = light + tint * (difference[1] - brighter) - (0.299 * lipRed + 0.114 * lipBlue) / 0.587; // keeps the luma
    change[2] = light + tint * (difference[2] - brighter) + lipBlue;
  }
}

/** A color apart from its light. */
class Color {
  red = 0;
  blue = 0;
  lightness = DARK;

  /** Takes gray levels. */
  set(red: number, green: number, blue: number): void {
    const light = luma(red, green, blue);
    this.lightness = Math.max(0, light) + DARK;
    this.red = (red - light) / this.lightness;
    this.blue = (blue - light) / this.lightness;
  }
}

/** Returns how surely a pixel is of a lip, 0 … 1: redder than skin, neither black nor bright. */
function lipLikeness(pixel: Color, skin: Color): number {
  const redder = pixel.red - skin.red;
  if (redder <= LIP_REDNESS[0]) return 0;
  const light = pixel.lightness / skin.lightness;
  return (
    smoothStep(LIP_REDNESS[0], LIP_REDNESS[1], redder) *
    smoothStep(LIP_DARK[0], LIP_DARK[1], light) *
    (1 - smoothStep(LIP_BRIGHT[0], LIP_BRIGHT[1], light))
  );
}

/** Returns how much a pixel looks like skin, 0 … 1. */
function skinLikeness(pixel: Color, skin: Color): number {
  return Math.exp(-((pixel.red - skin.red) ** 2 + (pixel.blue - skin.blue) ** 2) / (2 * SKIN_SIMILARITY ** 2));
}

function addLip(sums: LipSums, pixel: Color, skin: Color): void {
  const lip = lipLikeness(pixel, skin);
  sums.pixels += lip;
  sums.red += lip * (pixel.red - skin.red);
  sums.blue += lip * (pixel.blue - skin.blue);
}

function limitedShift(shift: number): number {
  return Math.min(LARGEST_SHIFT, Math.max(-LARGEST_SHIFT, shift));
}
