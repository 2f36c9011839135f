import { describe, expect, it } from 'vitest';
import { nearestWord } from './nearest-word.ts';

describe('nearestWord', () => {
  const words = ['steps', 'seed', 'scheduler', 'guidance'];

  it.each([
    ['stpes', 'steps'],
    ['sed', 'seed'],
    ['guidence', 'guidance'],
    ['schedular', 'scheduler'],
    ['steps', 'steps'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearestWord(word, words)).toBe(meant);
  });

  it('gives nothing when every word is far', () => {
    expect(nearestWord('quality', words)).toBeUndefined();
    expect(nearestWord('x', [])).toBeUndefined();
  });
});
