// ColorAgreement: a drawn face [3,R,R] and the source's own [R,R,3] → the drawn face in the source's color and light.
import { toGray, type Image8 } from '../tensor/image.ts';
import { checkFace, faceMatrix } from './face-space.ts';
import { insideShares, mouthShares, regionOf, type Region } from './face-regions.ts';
import { invertAffine, type AffineMatrix, type Box } from './geometry.ts';
import type { Size } from './lanczos.ts';
import { inpaintMask } from './mask.ts';
import { MouthColor } from './mouth-color.ts';
import { pasteOpacity } from './paste-opacity.ts';
import { SmoothFill } from './smooth-fill.ts';
import { linearRange, type Span } from './warp.ts';

/** Cells of the grid on which differences are measured, along an axis, at most. */
const LARGEST_GRID = 64;

/** Of the rows of large faces, only so many are looked at for each row of cells. */
const ROWS_PER_CELL = 4;

/** The drawn face fades into the source's own along the border over this width, in sides of the face. */
const BORDER_FADE = 0.1;

/** A difference that departs from those around it by this many gray levels counts half. */
const OUTLIER = 30;

/** No color is changed by more than this for the skin's sake, in gray levels. */
const LARGEST_DIFFERENCE = 64;

/** The mouth's lips have to cover this much of the face, so that their color can be relied on. */
const LIP_AREA = 0.0036;

/** Of larger faces, lips are looked at in every second, third … row and column, as if they had about so many. */
const LIP_PIXELS = 128;

/** A gray level, of values of −1 … 1. */
const LEVEL = 1 / 127.5;

/** Planes of the grid: what the source has more of each color, then what is drawn. */
const PLANES = 6;
const DIFFERENCES = 3;

/**
 * Gives drawn faces the color and light of the frames that they go into.
 *
 * What is drawn and what the source shows there differ in their low frequencies by a smooth field. It is measured wherever both
 * show the same, and continued across the mouth; differences that depart from those around them count less. The field is added, in
 * the mouth as far as its parts allow. Towards the border of the region that is pasted, the drawn face fades into
 * the source's. Each face is corrected by itself: its field takes away the flicker of what is drawn, too.
 *
 * Owns its tables; faces allocate nothing.
 *
 * @example
 * const agreement = new ColorAgreement(256, { width: 1920, height: 1080 });
 * canvas.paste(picture, agreement.match(drawn, face, affineMatrix), affineMatrix);
 */
export class ColorAgreement {
  readonly #resolution: number;
  readonly #frame: Box;
  /** G: side of the grid. */
  readonly #grid: number;
  /** `[R]`: the cell of each row or column. */
  readonly #cells: Int32Array;
  /** `[R]`: the first of the two nearest cells, and how near the other is. */
  readonly #neighbors: Int32Array;
  readonly #nearness: Float32Array;
  /** `[R, R]`: how far a pixel is drawn, belongs to the mouth, and is taken from the drawn face. */
  readonly #drawnShares: Float32Array;
  readonly #mouth: Float32Array;
  readonly #inside: Float32Array;
  readonly #drawnRegion: Region;
  readonly #pastedRegion: Region;
  readonly #mouthRegion: Region;
  /** `[G, G]`: how far a cell is beside the mouth, how many pixels of it are drawn, how well its difference is known, and how much it counts. */
  readonly #besideMouth: Float32Array;
  readonly #drawnPixels: Float32Array;
  readonly #known: Float32Array;
  readonly #weights: Float32Array;
  /** [6, G, G] */
  readonly #means: Float32Array;
  readonly #fill: SmoothFill;
  /** [6, G] and [6]: a row of the field, and a pixel of it. */
  readonly #line: Float32Array;
  readonly #skin = new Float32Array(PLANES);
  readonly #lipStep: number;
  readonly #mouthColor: MouthColor;
  /** [3, R, R] */
  readonly #out: Float32Array;

  /**
   * @param resolution - side of the faces in pixels, at least 8.
   * @param frame - size of the frames, upright.
   */
  constructor(resolution: number, frame: Size) {
    const area = resolution ** 2;
    const grid = 2 ** Math.floor(Math.log2(Math.min(LARGEST_GRID, resolution / 2)));
    const places = Array.from({ length: resolution }, (_, x) =>
      Math.min(grid - 1, Math.max(0, ((x + 0.5) * grid) / resolution - 0.5)),
    );
    const opacity = pasteOpacity(resolution);
    this.#resolution = resolution;
    this.#frame = { x: 0, y: 0, ...frame };
    this.#grid = grid;
    this.#cells = Int32Array.from({ length: resolution }, (_, x) => Math.floor((x * grid) / resolution));
    this.#neighbors = Int32Array.from(places, (place) => Math.min(grid - 2, Math.floor(place)));
    this.#nearness = Float32Array.from(places, (place, x) => place - this.#neighbors[x]);
    this.#drawnShares = inpaintMask(resolution).map((keep) => 1 - keep);
    this.#mouth = mouthShares(resolution);
    this.#inside = insideShares(opacity, resolution, BORDER_FADE * resolution);
    this.#drawnRegion = regionOf(this.#drawnShares, resolution);
    this.#pastedRegion = regionOf(opacity, resolution);
    this.#mouthRegion = regionOf(this.#mouth, resolution);
    this.#besideMouth = mouthShares(grid).map((share) => 1 - share);
    this.#drawnPixels = new Float32Array(grid * grid);
    this.#known = new Float32Array(grid * grid);
    this.#weights = new Float32Array(grid * grid);
    this.#means = new Float32Array(PLANES * grid * grid);
    this.#fill = new SmoothFill(grid, PLANES);
    this.#line = new Float32Array(PLANES * grid);
    this.#lipStep = Math.max(1, Math.floor(resolution / LIP_PIXELS));
    this.#mouthColor = new MouthColor((LIP_AREA * area) / this.#lipStep ** 2);
    this.#out = new Float32Array(3 * area);
  }

  /**
   * Returns the drawn face in the color and light of the source's, [3, R, R]; the next call changes it. What is not pasted is as drawn.
   *
   * @param drawn - [3, R, R] in −1 … 1; stays as it is.
   * @param source - the same face as the frame shows it, R × R.
   * @param affineMatrix - maps frame pixels to crop pixels, as `FaceAligner` returned it.
   * @param shown - the part of the frame that shows something; what is beyond it does not count. Default: all of it.
   * @throws RangeError when one of them has another size.
   */
  match(drawn: Float32Array, source: Image8, affineMatrix: AffineMatrix, shown: Box = this.#frame): Float32Array {
    checkFace(drawn, this.#resolution);
    if (source.width !== this.#resolution || source.height !== this.#resolution) {
      throw new RangeError(`source must measure ${this.#resolution}×${this.#resolution} pixels.`);
    }
    this.#measure(drawn, source, affineMatrix, shown);
    const field = this.#fieldOf();
    this.#lookAtLips(drawn, source, field);
    this.#apply(drawn, source, field);
    return this.#out;
  }

  /** Averages differences and drawn colors over the drawn pixels of each cell. */
  #measure(drawn: Float32Array, { data, channels }: Image8, affineMatrix: AffineMatrix, shown: Box): void {
    const resolution = this.#resolution;
    const [means, cells, shares, pixels] = [this.#means, this.#cells, this.#drawnShares, this.#drawnPixels];
    const plane = this.#grid ** 2;
    const area = resolution ** 2;
    const { firstRow, endRow, firstColumn, endColumn } = this.#drawnRegion;
    const inverse = invertAffine(faceMatrix(affineMatrix, resolution));
    means.fill(0);
    pixels.fill(0);
    // Cells of large faces are averaged over some of their rows.
    const step = Math.max(1, Math.floor(resolution / this.#grid / ROWS_PER_CELL));
    for (let y = firstRow; y < endRow; y += step) {
      const cellRow = cells[y] * this.#grid;
      const [first, end] = visibleSpan(y, inverse, shown, resolution);
      const stop = Math.min(end, endColumn);
      for (let x = Math.max(first, firstColumn); x < stop;) {
        // Summed up for one cell at a time, along the row.
        const cell = cells[x];
        let drawnPixels = 0;
        let moreRed = 0;
        let moreGreen = 0;
        let moreBlue = 0;
        let red = 0;
        let green = 0;
        let blue = 0;
        for (; x < stop && cells[x] === cell; x++) {
          const i = y * resolution + x;
          const from = i * channels;
          const share = shares[i];
          const p = toGray(drawn[i]);
          const q = toGray(drawn[i + area]);
          const r = toGray(drawn[i + 2 * area]);
          drawnPixels += share;
          moreRed += share * (data[from] - p);
          moreGreen += share * (data[from + 1] - q);
          moreBlue += share * (data[from + 2] - r);
          red += share * p;
          green += share * q;
          blue += share * r;
        }
        const to = cellRow + cell;
        pixels[to] += drawnPixels;
        means[to] += moreRed;
        means[to + plane] += moreGreen;
        means[to + 2 * plane] += moreBlue;
        means[to + 3 * plane] += red;
        means[to + 4 * plane] += green;
        means[to + 5 * plane] += blue;
      }
    }
    const pixelsPerCell = area / plane / step;
    for (let i = 0; i < plane; i++) {
      this.#known[i] = Math.min(1, pixels[i] / pixelsPerCell) * this.#besideMouth[i];
      if (pixels[i] === 0) continue;
      for (let to = i; to < means.length; to += plane) means[to] /= pixels[i];
    }
  }

  /** Returns differences and drawn colors everywhere, [6, G, G]. */
  #fieldOf(): Float32Array {
    const [means, weights, known] = [this.#means, this.#weights, this.#known];
    const cells = weights.length;
    const first = this.#fill.fill(means, known, DIFFERENCES);
    for (let i = 0; i < cells; i++) {
      let squares = 0;
      for (let c = 0; c < 3; c++) squares += (means[i + c * cells] - first[i + c * cells]) ** 2;
      weights[i] = known[i] / (1 + squares / (3 * OUTLIER ** 2)); // Cauchy's weights
    }
    const field = this.#fill.fill(means, weights);
    for (let i = 0; i < 3 * cells; i++) {
      field[i] = Math.min(LARGEST_DIFFERENCE, Math.max(-LARGEST_DIFFERENCE, field[i]));
    }
    return field;
  }

  /** Interpolates planes of the field between the rows of cells above and below a row of the face. */
  #interpolate(field: Float32Array, planes: number, y: number): void {
    const grid = this.#grid;
    const line = this.#line;
    const down = this.#nearness[y];
    for (let c = 0; c < planes; c++) {
      const above = (c * grid + this.#neighbors[y]) * grid;
      for (let cell = 0, to = c * grid; cell < grid; cell++, to++) {
        const value = field[above + cell];
        line[to] = value + down * (field[above + grid + cell] - value);
      }
    }
  }

  /** Tells the mouth the skin around a pixel of the row that was interpolated last. */
  #setSkin(x: number): void {
    const grid = this.#grid;
    const line = this.#line;
    const skin = this.#skin;
    const near = this.#nearness[x];
    for (let c = 0, cell = this.#neighbors[x]; c < PLANES; c++, cell += grid) {
      skin[c] = line[cell] + near * (line[cell + 1] - line[cell]);
    }
    this.#mouthColor.setSkin(skin);
  }

  /** Compares the lips of both faces. */
  #lookAtLips(drawn: Float32Array, { data, channels }: Image8, field: Float32Array): void {
    const region = this.#mouthRegion;
    const [resolution, mouth, lips] = [this.#resolution, this.#mouth, this.#mouthColor];
    const area = resolution ** 2;
    lips.reset();
    const step = this.#lipStep;
    for (let y = region.firstRow; y < region.endRow; y += step) {
      this.#interpolate(field, PLANES, y);
      for (let x = region.firstColumn, i = y * resolution + x; x < region.endColumn; x += step, i += step) {
        if (mouth[i] < 0.5) continue;
        this.#setSkin(x);
        lips.lookAtDrawn(drawn, i, area);
        lips.lookAtSource(data, i * channels);
      }
    }
    lips.compare();
  }

  /** Adds the field, and fades into the source's face along the border. */
  #apply(drawn: Float32Array, source: Image8, field: Float32Array): void {
    const { firstRow, endRow } = this.#mouthRegion;
    this.#out.set(drawn);
    for (let y = this.#pastedRegion.firstRow; y < this.#pastedRegion.endRow; y++) {
      const throughMouth = y >= firstRow && y < endRow;
      this.#interpolate(field, throughMouth ? PLANES : DIFFERENCES, y);
      this.#addField(y);
      if (throughMouth) this.#correctMouth(drawn, y);
      this.#fadeOut(source, y);
    }
  }

  /** Adds the row of the field that was interpolated last. */
  #addField(y: number): void {
    const { firstColumn, endColumn } = this.#pastedRegion;
    const [out, line, neighbors, nearness] = [this.#out, this.#line, this.#neighbors, this.#nearness];
    const area = this.#resolution ** 2;
    for (let c = 0, row = y * this.#resolution, cells = 0; c < DIFFERENCES; c++, row += area, cells += this.#grid) {
      for (let x = firstColumn; x < endColumn;) {
        const cell = neighbors[x];
        const here = line[cells + cell] * LEVEL;
        const slope = line[cells + cell + 1] * LEVEL - here;
        for (; x < endColumn && neighbors[x] === cell; x++) out[row + x] += here + nearness[x] * slope;
      }
    }
  }

  /** Replaces the field by what the mouth's parts allow of it, as far as a pixel of the row belongs to the mouth. */
  #correctMouth(drawn: Float32Array, y: number): void {
    const { firstColumn, endColumn } = this.#mouthRegion;
    const [out, mouth, skin, lips] = [this.#out, this.#mouth, this.#skin, this.#mouthColor];
    const { change } = lips;
    const area = this.#resolution ** 2;
    for (let x = firstColumn, p = y * this.#resolution + x; x < endColumn; x++, p++) {
      const part = mouth[p] * LEVEL;
      if (part === 0) continue;
      this.#setSkin(x);
      lips.correct(drawn, p, area);
      const q = p + area;
      const r = q + area;
      out[p] += part * (change[0] - skin[0]);
      out[q] += part * (change[1] - skin[1]);
      out[r] += part * (change[2] - skin[2]);
    }
  }

  #fadeOut({ data, channels }: Image8, y: number): void {
    const { firstColumn, endColumn } = this.#pastedRegion;
    const [out, inside] = [this.#out, this.#inside];
    const area = this.#resolution ** 2;
    for (let x = firstColumn, p = y * this.#resolution + x; x < endColumn; x++, p++) {
      const outside = 1 - inside[p];
      if (outside === 0) continue;
      const from = p * channels;
      const q = p + area;
      const r = q + area;
      out[p] += outside * (data[from] * LEVEL - 1 - out[p]);
      out[q] += outside * (data[from + 1] * LEVEL - 1 - out[q]);
      out[r] += outside * (data[from + 2] * LEVEL - 1 - out[r]);
    }
  }
}

/** Returns the columns of a row of the face that are shown, [first, end). */
function visibleSpan(y: number, inverse: AffineMatrix, shown: Box, resolution: number): Span {
  const [a, b, tx, c, d, ty] = inverse;
  const across = linearRange(a, b * y + tx, shown.x, shown.x + shown.width - 1, resolution);
  const along = linearRange(c, d * y + ty, shown.y, shown.y + shown.height - 1, resolution);
  return [Math.max(across[0], along[0]), Math.min(across[1], along[1])];
}
