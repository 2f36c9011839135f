// SearchPlan: where to look for new faces in each frame: everywhere when a shot begins, later seldom, and only where something changed.
import { searchSquares, wholeFrame } from '../../models/face-detector.ts';
import type { Image8 } from '../../tensor/image.ts';
import type { Box, RotatedSquare } from '../../vision/geometry.ts';

/** The whole frame is searched in one frame of this many while faces are followed, and in every frame while there are none. */
const WHOLE_INTERVAL = 12;
/** One tile of it is searched in one frame of this many, while faces are followed, and while there are none. */
const TILE_INTERVAL = 6;
const TILE_INTERVAL_WITHOUT_FACES = 2;

/** Something has changed in a tile when a cell of the thumbnail did, by gray levels. */
const CHANGE = 8;

/** A lost face is looked for in a square this much larger. */
const LOST_ENLARGEMENT = 2.5;

/** What is not a face is not looked at again for so many frames: few, because it may be one that is just turned away. */
const REJECTED_FRAMES = 4;

/** A tile, and the cells of the thumbnail that it shows. */
interface Tile {
  square: RotatedSquare;
  cells: Int32Array;
  /** What they were when the tile was last searched. */
  seen: Float32Array | undefined;
}

/** What is known before a frame is searched. */
export interface SearchState {
  isCut: boolean;
  /** Whether any face is followed. */
  hasFaces: boolean;
  /** Where faces were that have just been lost. */
  lost: readonly Box[];
  /** Brightness of the frame, [cells, cells]. */
  thumbnail: Float32Array;
}

/** Plans the search of successive frames of one size. */
export class SearchPlan {
  #frames = 0; // of the shot
  #tiles: Tile[] | undefined;
  #nextTile = 0;
  #rejected: { box: Box; until: number }[] = [];

  /** Returns the parts of the next frame to search; none in most frames. */
  next(frame: Image8, { isCut, hasFaces, lost, thumbnail }: SearchState): RotatedSquare[] {
    this.#tiles ??= tilesOf(frame, Math.sqrt(thumbnail.length));
    if (isCut) this.#startShot();
    const number = this.#frames++;
    this.#rejected = this.#rejected.filter(({ until }) => until > number);
    const squares = lost.map(squareAround);
    if (number === 0) return [wholeFrame(frame), ...this.#largeTiles(frame, thumbnail)];
    if (!hasFaces || number % WHOLE_INTERVAL === 0) squares.push(wholeFrame(frame));
    if (number % (hasFaces ? TILE_INTERVAL : TILE_INTERVAL_WITHOUT_FACES) === 1) {
      const tile = this.#changedTile(thumbnail);
      if (tile) squares.push(tile);
    }
    return squares;
  }

  /** Where faces were looked for in vain. */
  get rejected(): Box[] {
    return this.#rejected.map(({ box }) => box);
  }

  /** Takes down what was not a face. */
  reject(boxes: readonly Box[]): void {
    for (const box of boxes) this.#rejected.push({ box, until: this.#frames + REJECTED_FRAMES });
  }

  #startShot(): void {
    this.#frames = 0;
    this.#nextTile = 0;
    this.#rejected = [];
    for (const tile of this.#tiles ?? []) tile.seen = undefined;
  }

  #largeTiles({ width, height }: Image8, thumbnail: Float32Array): RotatedSquare[] {
    const large = this.#tiles!.filter(({ square }) => square.side >= Math.min(width, height));
    this.#nextTile = large.length;
    return large.map((tile) => look(tile, thumbnail));
  }

  /** Returns the next tile in which something has changed. */
  #changedTile(thumbnail: Float32Array): RotatedSquare | undefined {
    const tiles = this.#tiles!;
    for (let k = 0; k < tiles.length; k++) {
      const tile = tiles[this.#nextTile++ % tiles.length];
      const { cells, seen } = tile;
      if (!seen || cells.some((cell, i) => Math.abs(thumbnail[cell] - seen[i]) > CHANGE)) return look(tile, thumbnail);
    }
    return undefined;
  }
}

function look(tile: Tile, thumbnail: Float32Array): RotatedSquare {
  tile.seen = Float32Array.from(tile.cells, (cell) => thumbnail[cell]);
  return tile.square;
}

function tilesOf(frame: Image8, cellsPerSide: number): Tile[] {
  const [, ...squares] = searchSquares(frame);
  const range = (center: number, side: number, length: number): [from: number, to: number] => [
    Math.max(0, Math.floor(((center - side / 2) / length) * cellsPerSide)),
    Math.min(cellsPerSide, Math.ceil(((center + side / 2) / length) * cellsPerSide)),
  ];
  return squares.map((square) => {
    const [left, right] = range(square.centerX, square.side, frame.width);
    const [top, bottom] = range(square.centerY, square.side, frame.height);
    const cells: number[] = [];
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) cells.push(y * cellsPerSide + x);
    return { square, cells: Int32Array.from(cells), seen: undefined };
  });
}

function squareAround({ x, y, width, height }: Box): RotatedSquare {
  return {
    centerX: x + width / 2,
    centerY: y + height / 2,
    side: LOST_ENLARGEMENT * Math.max(width, height),
    angle: 0,
  };
}
