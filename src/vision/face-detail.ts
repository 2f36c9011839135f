// FaceDetail: a drawn face [3,R,R] and the source's own [R,R,3] → where they show the same [G,G], and the drawn one with a crisp mouth.
import { luma, toGray, type Image8 } from '../tensor/image.ts';
import { binomial } from './binomial.ts';
import { CellGrid } from './cell-grid.ts';
import { checkFace } from './face-space.ts';
import { mouthShares, regionOf, type Region } from './face-regions.ts';
import { inpaintMask } from './mask.ts';
import type { Span } from './warp.ts';

/**
 * Structure of the size of a few cells that differs by this many gray levels counts half: beside the mouth, and in it, where the
 * source's lips must not show through.
 */
const TOLERANCE = 9;
const MOUTH_TOLERANCE = 4.5;

/** Passes of the binomial filter that take structure of a few cells away. */
const COARSE_PASSES = 4;

/** Cells around the drawn ones that reach them through these filters, and a few that the feathered edge takes. */
const MARGIN_CELLS = COARSE_PASSES + 5;

/** The finest structure of the mouth is enlarged by this share, at most. */
const LARGEST_GAIN = 0.6;

/** A gray level, of values of −1 … 1. */
const LEVEL = 1 / 127.5;

/** How a drawn face is to be pasted. */
export interface DetailedFace {
  /** [3, R, R] in −1 … 1, the mouth crisper; the next face changes it. */
  face: Float32Array;
  /** How far drawn and source show the same, 0 … 1, [G, G] as `CellGrid` divides the face. */
  shares: Float32Array;
}

/**
 * Says of drawn faces where their fine structure may be the source's, and makes that of the mouth as strong as the source's.
 *
 * Networks draw faces smoother than they are, and few pixels are enlarged to many. Where both show the same structure at the size of
 * a few cells, as on cheeks, beside the nose and on a chin that is where it was, the source's finer structure belongs there, too.
 * Each face is looked at by itself.
 */
export class FaceDetail {
  readonly #resolution: number;
  readonly #cells: CellGrid;
  /** Rows that are drawn, or belong to cells that are compared with those. */
  readonly #rows: Span;
  /** `[G, G]` */
  readonly #tolerances: Float32Array;
  readonly #line: Float32Array;
  /** `[R, R]` */
  readonly #mouth: Float32Array;
  readonly #mouthRegion: Region;
  readonly #drawnLuma: Float32Array;
  readonly #sourceLuma: Float32Array;
  /** `[R, R]`: the finest structure of the mouths. */
  readonly #drawnFine: Float32Array;
  readonly #sourceFine: Float32Array;
  readonly #blurred: Float32Array;
  /** `[3, R, R]` */
  readonly #out: Float32Array;

  /** @param resolution - side of the faces in pixels, at least 8. */
  constructor(resolution: number) {
    const area = resolution ** 2;
    const plane = (): Float32Array => new Float32Array(area);
    this.#resolution = resolution;
    this.#cells = new CellGrid(resolution);
    const drawn = regionOf(
      inpaintMask(resolution).map((keep) => 1 - keep),
      resolution,
    );
    const margin = Math.ceil((MARGIN_CELLS * resolution) / this.#cells.size);
    this.#rows = [Math.max(0, drawn.firstRow - margin), Math.min(resolution, drawn.endRow + margin)];
    this.#tolerances = mouthShares(this.#cells.size).map((share) => TOLERANCE + share * (MOUTH_TOLERANCE - TOLERANCE));
    this.#line = new Float32Array(this.#cells.size ** 2);
    this.#mouth = mouthShares(resolution);
    this.#mouthRegion = regionOf(this.#mouth, resolution);
    this.#drawnLuma = plane();
    this.#sourceLuma = plane();
    this.#drawnFine = plane();
    this.#sourceFine = plane();
    this.#blurred = plane();
    this.#out = new Float32Array(3 * area);
  }

  /**
   * Compares a drawn face with the source's.
   *
   * @param drawn - [3, R, R] in −1 … 1; stays as it is.
   * @param source - the same face as the frame shows it, R × R.
   * @throws RangeError when one of them has another size.
   */
  compare(drawn: Float32Array, source: Image8): DetailedFace {
    const resolution = this.#resolution;
    checkFace(drawn, resolution);
    if (source.width !== resolution || source.height !== resolution) {
      throw new RangeError(`source must measure ${resolution}×${resolution} pixels.`);
    }
    const { data, channels } = source;
    const [drawnLuma, sourceLuma] = [this.#drawnLuma, this.#sourceLuma];
    const area = resolution ** 2;
    const [first, end] = [this.#rows[0] * resolution, this.#rows[1] * resolution];
    for (let i = first, from = first * channels; i < end; i++, from += channels) {
      drawnLuma[i] = toGray(luma(drawn[i], drawn[i + area], drawn[i + 2 * area]));
      sourceLuma[i] = luma(data[from], data[from + 1], data[from + 2]);
    }
    return { shares: this.#compareStructure(), face: this.#sharpenMouth(drawn) };
  }

  /** Returns how far the structure of a few cells is the same, [G, G]. */
  #compareStructure(): Float32Array {
    const { size } = this.#cells;
    const differences = this.#cells.meansOfFace(this.#sourceLuma, this.#rows);
    const drawn = this.#cells.meansOfFace(this.#drawnLuma, this.#rows);
    for (let i = 0; i < differences.length; i++) differences[i] -= drawn[i];
    // Differences of light and color are larger than that, and do not count.
    const coarse = Float32Array.from(differences);
    const line = this.#line;
    for (let pass = 0; pass < COARSE_PASSES; pass++) binomial(coarse, 0, coarse, line, size);
    const shares = differences.map((value, i) => (value - coarse[i]) ** 2);
    binomial(shares, 0, shares, line, size);
    for (let i = 0; i < shares.length; i++) shares[i] = 1 / (1 + (shares[i] / this.#tolerances[i] ** 2) ** 2);
    binomial(shares, 0, shares, line, size);
    return shares;
  }

  /** Returns the face with the finest structure of the mouth as strong as the source's, if it is weaker. */
  #sharpenMouth(drawn: Float32Array): Float32Array {
    const [out, mouth, drawnFine, sourceFine] = [this.#out, this.#mouth, this.#drawnFine, this.#sourceFine];
    const { firstRow, endRow, firstColumn, endColumn } = this.#mouthRegion;
    const resolution = this.#resolution;
    const area = resolution ** 2;
    out.set(drawn);
    this.#fineStructure(this.#drawnLuma, drawnFine);
    this.#fineStructure(this.#sourceLuma, sourceFine);
    let [drawnEnergy, sourceEnergy] = [0, 0];
    for (let y = firstRow; y < endRow; y++) {
      for (let x = firstColumn, i = y * resolution + x; x < endColumn; x++, i++) {
        drawnEnergy += mouth[i] * drawnFine[i] ** 2;
        sourceEnergy += mouth[i] * sourceFine[i] ** 2;
      }
    }
    if (sourceEnergy <= drawnEnergy) return out;
    const gain = Math.min(LARGEST_GAIN, Math.sqrt(sourceEnergy / drawnEnergy) - 1);
    for (let y = firstRow; y < endRow; y++) {
      for (let x = firstColumn, i = y * resolution + x; x < endColumn; x++, i++) {
        const more = gain * mouth[i] * drawnFine[i] * LEVEL;
        out[i] += more;
        out[i + area] += more;
        out[i + 2 * area] += more;
      }
    }
    return out;
  }

  /** Writes what a binomial filter over five pixels each way takes away, in the mouth's region. */
  #fineStructure(plane: Float32Array, out: Float32Array): void {
    const { firstRow, endRow, firstColumn, endColumn } = this.#mouthRegion;
    const blurred = this.#blurred;
    const size = this.#resolution;
    for (let y = firstRow - 2; y < endRow + 2; y++) {
      for (let x = firstColumn, i = y * size + x; x < endColumn; x++, i++) {
        blurred[i] = (plane[i - 2] + plane[i + 2] + 4 * (plane[i - 1] + plane[i + 1]) + 6 * plane[i]) / 16;
      }
    }
    const [above, far] = [size, 2 * size];
    for (let y = firstRow; y < endRow; y++) {
      for (let x = firstColumn, i = y * size + x; x < endColumn; x++, i++) {
        const near = blurred[i - above] + blurred[i + above];
        out[i] = plane[i] - (blurred[i - far] + blurred[i + far] + 4 * near + 6 * blurred[i]) / 16;
      }
    }
  }
}
