// TrackTable: what the first pass found comes back by frame, survives storing, and is summed up as tracks.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tensor } from '../../tensor/tensor.ts';
import { trackTableStore, type TrackOrigin } from './track-cache-node.ts';
import { FACE_COLORS } from '../../vision/face-colors.ts';
import type { FaceIdentity } from './face-landmarker.ts';
import { TrackIdentities } from './people.ts';
import type { FrameFace } from './track-faces.ts';
import { TrackTable, type TrackTableInput } from './track-table.ts';

const face = (track: number, x: number, bridged = false): FrameFace => ({
  track,
  box: { x, y: 20, width: 80, height: 100 },
  points: [
    [x + 20.25, 40],
    [x + 60, 40.5],
    [x + 40, 70.1],
  ],
  bridged,
  ...(!bridged && { eyeOpening: 0.25, turn: 7.5 }),
});

/** Two shots: a face for three frames, then nobody, then another track in every second frame of the video, beside a third. */
const entries: TrackTableInput[] = [
  { sourceIndex: 0, timestampSeconds: 0, isCut: false, faces: [face(0, 10)] },
  { sourceIndex: 1, timestampSeconds: 0.04, isCut: false, faces: [face(0, 12, true)] },
  { sourceIndex: 2, timestampSeconds: 0.08, isCut: false, faces: [face(0, 14)] },
  { sourceIndex: 3, timestampSeconds: 0.12, isCut: true, faces: [] },
  { sourceIndex: 5, timestampSeconds: 0.2, isCut: false, faces: [face(1, 200)] },
  { sourceIndex: 7, timestampSeconds: 0.28, isCut: false, faces: [face(1, 202), face(2, 20)] },
];

/** The third track shows whom the first one does. */
function identities(): TrackIdentities {
  const found = new TrackIdentities();
  const identity = (...embedding: number[]): FaceIdentity => ({
    embedding: Float32Array.from(embedding),
    colors: new Float32Array(FACE_COLORS).fill(50),
  });
  found.add(0, identity(1, 0));
  found.add(1, identity(0, 1));
  found.add(2, identity(0.96, 0.28));
  return found;
}

describe('TrackTable', () => {
  it('returns the faces and the shot of a frame, and nothing for frames that were not looked at', async () => {
    const table = await TrackTable.from(entries, identities());
    expect(table.faces(1)).toEqual([{ ...face(0, 12, true), person: 1 }]);
    expect(table.faces(7).map(({ track, person }) => [track, person])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect(table.faces(7)[0].turn).toBe(7.5);
    for (const index of [3, 4, 6, 8, -1]) expect(table.faces(index)).toEqual([]);
    expect([0, 2, 3, 5, 6].map((index) => table.shot(index))).toEqual([0, 0, 1, 1, undefined]);
    expect(table).toMatchObject({ rowCount: 6, shotCount: 2, framesWithFace: 5, personCount: 2 });
  });

  it('gives back its rows, and where nobody is', async () => {
    const table = await TrackTable.from(entries);
    const rows = entries.map((_, row) => table.entry(row));
    expect(rows).toMatchObject(entries);
    expect(rows[5].faces.map(({ person }) => person)).toEqual([2, 3]); // nobody is recognized
    expect(table.withoutFace()).toEqual([{ firstRow: 3, lastRow: 3, firstSeconds: 0.12, lastSeconds: 0.12 }]);
  });

  it('sums up tracks', async () => {
    const table = await TrackTable.from(entries, identities());
    expect(table.tracks).toMatchObject([
      { track: 0, person: 1, shot: 0, firstRow: 0, lastRow: 2, firstSeconds: 0, lastSeconds: 0.08, bridgedFrames: 1 },
      { track: 1, person: 2, shot: 1, firstRow: 4, lastRow: 5, firstSeconds: 0.2, lastSeconds: 0.28, bridgedFrames: 0 },
      { track: 2, person: 1, shot: 1, firstRow: 5, lastRow: 5 },
    ]);
    expect(table.tracks[1]).toMatchObject({ meanWidth: 80, meanArea: 8000, meanX: 241, meanTurn: 7.5 });
    expect(table.tracks[1].lastBox.x).toBe(202);
  });

  it('knows by what people are recognized', async () => {
    const table = await TrackTable.from(entries, identities());
    const { embedding } = table.identity(1)!;
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 6);
    expect(embedding[1] / embedding[0]).toBeCloseTo(0.14 / 0.98, 5);
    expect((await TrackTable.from(entries)).identity(1)).toBeUndefined();
  });

  it('may be empty', async () => {
    const table = await TrackTable.from([]);
    expect(table).toMatchObject({ rowCount: 0, shotCount: 0, framesWithFace: 0, personCount: 0, tracks: [] });
    expect(table.faces(0)).toEqual([]);
  });

  it('refuses tensors that are not its own', async () => {
    const tensors = (await TrackTable.from(entries)).toTensors();
    tensors.set('box', new Tensor('float64', [6, 3], new Float64Array(18)));
    expect(() => TrackTable.fromTensors(tensors)).toThrow('the column box, float64 [24]');
  });
});

describe('trackTableStore', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tracks-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const origin: TrackOrigin = { video: 'aa', decoding: {}, detector: 'mesh', reference: false };

  it('gives back what was kept, for the same part of the same video only', async () => {
    const table = await TrackTable.from(entries, identities());
    const store = trackTableStore(origin, { directory });
    expect(await store.read({})).toBeUndefined();
    expect(await store.write({}, table)).toBe(true);
    expect((await trackTableStore(origin, { directory }).read({}))?.toTensors()).toEqual(table.toTensors());
    expect(await store.read({ endSeconds: 60 })).toBeUndefined();
    for (const other of [{ video: 'ab' }, { detector: 'x' }, { reference: true }, { decoding: { videoStream: 1 } }]) {
      expect(await trackTableStore({ ...origin, ...other }, { directory }).read({})).toBeUndefined();
    }
  });

  it('does not find a damaged entry', async () => {
    const store = trackTableStore(origin, { directory });
    await store.write({}, await TrackTable.from(entries));
    const [name] = await readdir(directory);
    await writeFile(join(directory, name), 'damaged');
    expect(await store.read({})).toBeUndefined();
  });
});
