// Boxes and labels: the pixels they set, and none outside the image.
import { describe, expect, it } from 'vitest';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { drawBox, drawLabel, drawLine, labelSize } from './annotate.ts';

/** The rows of an image: `#` where it is red. */
function rows({ width, height, channels, data }: Image8): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => (data[(y * width + x) * channels] === 255 ? '#' : '.')).join(''),
  );
}

describe('drawBox', () => {
  it('draws an outline, and leaves the inside', () => {
    const image = createImage8(6, 5, 3);
    drawBox(image, { x: 1, y: 1, width: 4, height: 3 }, [255, 0, 0], 1);
    expect(rows(image)).toEqual(['......', '.####.', '.#..#.', '.####.', '......']);
  });

  it('is cut off at the borders', () => {
    const image = createImage8(4, 3, 4);
    drawBox(image, { x: -2, y: 1, width: 4, height: 9 }, [255, 0, 0], 1);
    expect(rows(image)).toEqual(['....', '##..', '.#..']);
  });
});

describe('drawLine', () => {
  it('draws from point to point, and dots', () => {
    const image = createImage8(8, 6, 3);
    const corner = [[1, 4], [1, 1], [9, 1]] as const; // prettier-ignore
    drawLine(image, corner, { color: [255, 0, 0], thickness: 1 });
    drawLine(image, [[5, 4]], { color: [255, 0, 0], thickness: 3 });
    expect(rows(image)).toEqual(['........', '.#######', '.#......', '.#...#..', '.#..###.', '.....#..']);
  });

  it('is soft at its edges', () => {
    const image = createImage8(3, 4, 3);
    drawLine(image, [[-5, 1.5], [9, 1.5]], { color: [200, 0, 0], thickness: 2 }); // prettier-ignore
    expect(Array.from(image.data.filter((_, i) => i % 9 === 0))).toEqual([0, 200, 200, 0]);
    drawLine(image, [[-5, 2.75], [9, 2.75]], { color: [200, 0, 0], thickness: 1 }); // prettier-ignore
    expect(image.data[3 * 9]).toBe(150);
  });
});

describe('drawLabel', () => {
  it('writes digits on their background', () => {
    const size = labelSize('17', 1);
    expect(size).toEqual({ width: 13, height: 9 });
    const image = createImage8(size.width, size.height, 4);
    drawLabel(image, '17', 0, 0, { color: [255, 0, 0], background: [0, 0, 9], scale: 1 });
    expect(rows(image)).toEqual([
      '.............',
      '...#...#####.',
      '..##.......#.',
      '...#......#..',
      '...#.....#...',
      '...#.....#...',
      '...#.....#...',
      '..###....#...',
      '.............',
    ]);
    expect(Array.from(image.data.slice(0, 4))).toEqual([0, 0, 9, 255]);
  });

  it('has a glyph of its own for every character', () => {
    const drawn = Array.from('0123456789:.–ABCDEFGHIJKLMNOPQRSTUVWXYZ ', (character) => {
      const image = createImage8(7, 9, 3);
      drawLabel(image, character, 0, 0, { color: [255, 0, 0], background: [0, 0, 0], scale: 1 });
      return rows(image).join('\n');
    });
    expect(new Set(drawn).size).toBe(40);
    expect(() => {
      labelSize('a');
    }).toThrow('There is no glyph for "a".');
  });
});
