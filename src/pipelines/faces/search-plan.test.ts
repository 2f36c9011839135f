// SearchPlan: everything at the start of a shot, then the whole frame from time to time, and tiles only where something moved.
import { describe, expect, it } from 'vitest';
import { createImage8 } from '../../tensor/image.ts';
import { SearchPlan, type SearchState } from './search-plan.ts';

const frame = createImage8(1920, 1080, 3, new Uint8Array(1920 * 1080 * 3));
const still: SearchState = { isCut: false, hasFaces: true, lost: [], thumbnail: new Float32Array(32 * 32) };

/** Returns the sides of the squares that are searched in each of some frames. */
function sides(plan: SearchPlan, frames: number, state: (index: number) => Partial<SearchState>): number[][] {
  return Array.from({ length: frames }, (_, i) => plan.next(frame, { ...still, ...state(i) }).map(({ side }) => side));
}

describe('SearchPlan', () => {
  it('searches the frame and its large tiles when a shot begins', () => {
    const plan = new SearchPlan();
    const searched = sides(plan, 4, (i) => ({ isCut: i === 2 }));
    expect([searched[0], searched[2]]).toEqual(new Array(2).fill([1920, 1080, 1080, 1080]));
  });

  it('looks at small tiles one after another, and at none again in which nothing changed', () => {
    const plan = new SearchPlan();
    const searched = sides(plan, 300, () => ({}));
    const small = searched.flat().filter((side) => side === 540);
    expect(small).toHaveLength(18);
    expect(searched.flat().filter((side) => side === 1080)).toHaveLength(3);
    const moved = new Float32Array(32 * 32);
    moved[5 * 32 + 5] = 40; // top left
    expect(
      sides(plan, 60, () => ({ thumbnail: moved }))
        .flat()
        .filter((side) => side < 1920).length,
    ).toBeGreaterThan(1);
    expect(
      sides(plan, 60, () => ({ thumbnail: moved }))
        .flat()
        .filter((side) => side < 1920),
    ).toEqual([]);
  });

  it('searches every frame while there is no face, and where one was lost', () => {
    const plan = new SearchPlan();
    const searched = sides(plan, 10, () => ({ hasFaces: false }));
    expect(searched.every((squares) => squares.includes(1920))).toBe(true);
    const lost = [{ x: 500, y: 400, width: 80, height: 100 }];
    expect(plan.next(frame, { ...still, lost })[0]).toEqual({ centerX: 540, centerY: 450, side: 250, angle: 0 });
  });

  it('remembers for a while where no face was', () => {
    const plan = new SearchPlan();
    sides(plan, 1, () => ({}));
    const box = { x: 1, y: 2, width: 30, height: 40 };
    plan.reject([box]);
    sides(plan, 4, () => ({}));
    expect(plan.rejected).toEqual([box]);
    sides(plan, 2, () => ({}));
    expect(plan.rejected).toEqual([]);
    plan.reject([box]);
    sides(plan, 1, () => ({ isCut: true }));
    expect(plan.rejected).toEqual([]);
  });
});
