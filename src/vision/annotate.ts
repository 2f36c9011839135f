// Boxes, lines and short labels drawn into images, in place.
import type { Image8 } from '../tensor/image.ts';
import { GLYPH_HEIGHT, glyphOf } from './bitmap-font.ts';
import type { Box, Point } from './geometry.ts';

/** Red, green and blue, 0 to 255. */
export type PaintColor = readonly [red: number, green: number, blue: number];

/** How {@link drawLabel} draws. */
export interface LabelOptions {
  color: PaintColor;
  background: PaintColor;
  /** Side in pixels of the squares that glyphs consist of; a glyph is seven high. Default 2. */
  scale?: number;
}

/** Fills a rectangle, as far as it is inside the image. */
function fillBox(image: Image8, box: Box, [red, green, blue]: PaintColor): void {
  const { width, height, channels, data } = image;
  const left = Math.max(0, Math.round(box.x));
  const top = Math.max(0, Math.round(box.y));
  const right = Math.min(width, Math.round(box.x + box.width));
  const bottom = Math.min(height, Math.round(box.y + box.height));
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * width + x) * channels;
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
      if (channels === 4) data[at + 3] = 255;
    }
  }
}

/**
 * Draws the outline of a rectangle, as far as it is inside the image.
 *
 * @param thickness - pixels, inward. Default 2.
 */
export function drawBox(image: Image8, { x, y, width, height }: Box, color: PaintColor, thickness = 2): void {
  const inside = { y: y + thickness, height: height - 2 * thickness };
  fillBox(image, { x, y, width, height: thickness }, color);
  fillBox(image, { x, y: y + height - thickness, width, height: thickness }, color);
  fillBox(image, { x, ...inside, width: thickness }, color);
  fillBox(image, { x: x + width - thickness, ...inside, width: thickness }, color);
}

/** How {@link drawLine} draws. */
export interface LineOptions {
  color: PaintColor;
  /** Pixels. Default 2. */
  thickness?: number;
}

/** Draws a line from point to point, with round corners and soft edges, as far as it is inside the image; of one point a dot. */
export function drawLine(image: Image8, points: readonly Point[], options: LineOptions): void {
  for (const [index, point] of points.entries()) {
    if (index > 0 || points.length === 1) drawStroke(image, points[Math.max(0, index - 1)], point, options);
  }
}

function drawStroke(
  { width, height, channels, data }: Image8,
  [fromX, fromY]: Point,
  [toX, toY]: Point,
  { color, thickness = 2 }: LineOptions,
): void {
  const reach = thickness / 2 + 0.5;
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const length = alongX ** 2 + alongY ** 2 || 1;
  const right = Math.min(width - 1, Math.floor(Math.max(fromX, toX) + reach));
  const bottom = Math.min(height - 1, Math.floor(Math.max(fromY, toY) + reach));
  for (let y = Math.max(0, Math.ceil(Math.min(fromY, toY) - reach)); y <= bottom; y++) {
    for (let x = Math.max(0, Math.ceil(Math.min(fromX, toX) - reach)); x <= right; x++) {
      const part = Math.min(1, Math.max(0, ((x - fromX) * alongX + (y - fromY) * alongY) / length));
      const distance = Math.hypot(x - fromX - part * alongX, y - fromY - part * alongY);
      const opacity = Math.min(1, reach - distance);
      if (opacity <= 0) continue;
      const at = (y * width + x) * channels;
      for (let channel = 0; channel < 3; channel++) {
        data[at + channel] = Math.round(data[at + channel] + opacity * (color[channel] - data[at + channel]));
      }
    }
  }
}

/** Returns the size of a label in pixels, with the margin around it. */
export function labelSize(text: string, scale = 2): { width: number; height: number } {
  const columns = Array.from(text, (character) => glyphOf(character)[0].length + 1).reduce(
    (sum, each) => sum + each,
    1,
  );
  return { width: columns * scale, height: (GLYPH_HEIGHT + 2) * scale };
}

/**
 * Draws text on a filled rectangle, its top left corner at (x, y).
 *
 * @param text - in the characters of `bitmap-font.ts`.
 * @throws RangeError for any other character.
 */
export function drawLabel(image: Image8, text: string, x: number, y: number, options: LabelOptions): void {
  const { color, background, scale = 2 } = options;
  fillBox(image, { x, y, ...labelSize(text, scale) }, background);
  let left = x + scale;
  for (const character of text) {
    const glyph = glyphOf(character);
    for (const [row, line] of glyph.entries()) {
      for (const [column, mark] of Array.from(line).entries()) {
        if (mark !== '#') continue;
        fillBox(image, { x: left + column * scale, y: y + (row + 1) * scale, width: scale, height: scale }, color);
      }
    }
    left += (glyph[0].length + 1) * scale;
  }
}
