// Which clip a number stands for: the same every time, people held out for testing in no clip for training.
import { describe, expect, it } from 'vitest';
import { clipRecipe, type ClipSetRecipe } from './clip-recipe.ts';

const set: ClipSetRecipe = {
  ...{ seed: 1, heldOut: false, clipsPerPerson: 1, seconds: 4, resolution: 128, clean: false },
  speech: ['synthetic'],
};

describe('clipRecipe', () => {
  it('repeats, and gives each clip a name and a person of its own', () => {
    expect(clipRecipe(set, 5)).toEqual(clipRecipe(set, 5));
    const recipes = [0, 1, 2].flatMap((index) => [
      clipRecipe(set, index),
      clipRecipe({ ...set, heldOut: true }, index),
      clipRecipe({ ...set, seed: 2 }, index),
    ]);
    expect(new Set(recipes.map(({ name }) => name)).size).toBe(recipes.length);
    expect(new Set(recipes.map(({ person }) => person)).size).toBe(recipes.length);
    expect(new Set(recipes.map(({ options }) => options.sounds)).size).toBe(recipes.length);
    expect(new Set(recipes.map(({ options }) => options.voice?.pitch)).size).toBe(recipes.length);
  });

  it('holds out the people whose seeds are the highest', () => {
    expect(clipRecipe({ ...set, seed: 999 }, 999_999).person).toBeLessThan(1_000_000_000);
    expect(clipRecipe({ ...set, heldOut: true }, 0).person).toBeGreaterThanOrEqual(1_000_000_000);
  });

  it('lets a person say several things in several places, with one face and one voice', () => {
    const several = { ...set, clipsPerPerson: 3 };
    const [first, second, third, next] = [0, 1, 2, 3].map((index) => clipRecipe(several, index));
    expect([second.person, third.person]).toEqual([first.person, first.person]);
    expect(next.person).not.toBe(first.person);
    expect(second.options.identity?.shape).toEqual(first.options.identity?.shape);
    expect(second.options.voice).toEqual(first.options.voice);
    expect(second.options.sounds).not.toBe(first.options.sounds);
    expect(second.options.identity?.backdrop).not.toEqual(first.options.identity?.backdrop);
  });

  it('lets recorded voices speak, of which some only in clips held out', () => {
    const voices = (heldOut: boolean): Set<string | undefined> => {
      const spoken: ClipSetRecipe = { ...set, heldOut, speech: ['flite', 'festival', 'synthetic'] };
      return new Set(Array.from({ length: 300 }, (_, index) => clipRecipe(spoken, index).request?.voice));
    };
    const trained = voices(false);
    expect(trained.size).toBe(1 + 18); // undefined for the synthetic ones
    expect(voices(true)).toEqual(new Set([undefined, 'rms', 'lp_diphone']));
    expect(trained).not.toContain('rms');
    expect(trained).not.toContain('lp_diphone');
    expect(clipRecipe(set, 0).request).toBeUndefined();
  });

  it('refuses a set or a clip that there is not', () => {
    expect(() => clipRecipe({ ...set, seed: 1000 }, 0)).toThrow('options.seed must be an integer from 1 to 999');
    expect(() => clipRecipe(set, -1)).toThrow('index must be');
  });
});
