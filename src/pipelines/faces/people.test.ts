// groupTracks: tracks of the same person are joined, those that are seen together never.
import { describe, expect, it } from 'vitest';
import { FACE_COLORS } from '../../vision/face-colors.ts';
import type { FaceIdentity } from './face-landmarker.ts';
import { groupTracks, likeness, SAME_PERSON, TrackIdentities, TrackPortraits, type GroupedTrack } from './people.ts';

/** A face at an angle on a circle of faces, with hair and clothes of one gray. */
function identity(angle: number, lightness = 50): FaceIdentity {
  const embedding = Float32Array.of(Math.cos(angle), Math.sin(angle));
  return { embedding, colors: Float32Array.from({ length: FACE_COLORS }, (_, i) => (i % 3 === 0 ? lightness : 0)) };
}

const isSamePerson = (a: FaceIdentity, b: FaceIdentity): boolean => likeness(a, b) >= SAME_PERSON;

interface Recipe {
  angle?: number;
  lightness?: number;
  rows: readonly [number, number];
  x?: number;
  shot?: number;
}

/** Returns the tracks of each person. */
function grouped(recipes: readonly Recipe[]): (readonly number[])[] {
  const identities = new TrackIdentities();
  const tracks = recipes.map(
    ({ angle, lightness, rows: [firstRow, lastRow], x = 0, shot = 0 }, track): GroupedTrack => {
      if (angle !== undefined) identities.add(track, identity(angle, lightness));
      const box = { x, y: 0, width: 100, height: 100 };
      return { track, shot, firstRow, lastRow, firstBox: box, lastBox: box };
    },
  );
  return groupTracks(tracks, identities).map(({ tracks: own }) => own);
}

describe('people', () => {
  it('are told apart by their faces, in the order in which they appear', () => {
    const recipes = [0, 1.2, 0.2, 2.4, 1.1].map(
      (angle, i) => ({ angle, rows: [20 * i, 20 * i + 9], x: 300 * i, shot: i }) as const,
    );
    expect(grouped(recipes)).toEqual([[0, 2], [1, 4], [3]]);
  });

  it('are told apart by hair and clothes where their faces are alike', () => {
    expect(isSamePerson(identity(0), identity(0.5))).toBe(true);
    expect(isSamePerson(identity(0), identity(0.5, 80))).toBe(false);
    expect(isSamePerson(identity(0), identity(0.1, 80))).toBe(true); // the same person in other clothes
    const unknown = { ...identity(0), colors: new Float32Array(FACE_COLORS).fill(NaN) };
    expect(likeness(unknown, identity(0))).toBeLessThan(likeness(identity(0), identity(0)));
    expect(isSamePerson(unknown, identity(0))).toBe(true);
  });

  it('cannot be in two places at once', () => {
    expect(
      grouped([
        { angle: 0, rows: [0, 9] },
        { angle: 0.01, rows: [5, 20], x: 300 },
        { angle: 0.02, rows: [10, 20], x: 600 },
      ]),
    ).toEqual([[0, 2], [1]]);
  });

  it('are likely the same where one appears soon after one was lost', () => {
    const lost = { angle: 0, rows: [0, 9] } as const;
    expect(grouped([lost, { angle: 0.85, rows: [30, 40], x: 20 }])).toEqual([[0, 1]]);
    for (const other of [{ x: 90 }, { shot: 1 }, { rows: [200, 210] as const }]) {
      expect(grouped([lost, { angle: 0.85, rows: [30, 40], x: 20, ...other }])).toEqual([[0], [1]]);
    }
  });

  it('are each on their own where they could not be recognized', () => {
    expect(grouped([{ rows: [0, 9] }, { rows: [20, 29] }])).toEqual([[0], [1]]);
    expect(grouped([])).toEqual([]);
  });

  it('are as many as there are, in any order of joining', () => {
    const angles = [0, 1, 2, 3, 4, 5];
    const recipes = Array.from({ length: 60 }, (_, i) => {
      const rows = [10 * i, 10 * i + 5] as const;
      return { angle: angles[(i * 7) % 6] + 0.02 * ((i * 5) % 7), rows, x: (i * 331) % 1000, shot: i };
    });
    const groups = grouped(recipes);
    expect(groups).toHaveLength(6);
    for (const tracks of groups) expect(new Set(tracks.map((track) => (track * 7) % 6)).size).toBe(1);
  });
});

describe('the person of a single track', () => {
  const portrait = { face: new Uint8Array(0), colors: new Float32Array(FACE_COLORS) };

  it('is identified when another track begins, from the first portraits', async () => {
    let identified = 0;
    const portraits = new TrackPortraits(() => Promise.resolve(identity(++identified)));
    for (let i = 0; i < 20; i++) await portraits.add(0, portrait);
    expect(identified).toBe(0);
    expect(portraits.identities.of(0)).toBeUndefined();
    await portraits.add(1, portrait);
    expect(identified).toBe(9);
    await portraits.add(0, portrait);
    expect(portraits.identities.of(0)?.frames).toBe(9);
    expect(portraits.identities.of(1)?.frames).toBe(1);
  });

  it('is identified at once if that is wished', async () => {
    const portraits = new TrackPortraits(() => Promise.resolve(identity(1)), { always: true });
    await portraits.add(0, portrait);
    expect(portraits.identities.of(0)?.frames).toBe(1);
  });
});
