// TrackTable: what the first pass found comes back by frame, survives storing, and is summed up as tracks.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tensor } from '../../tensor/tensor.ts';
import { trackTableStore, type TrackOrigin } from './track-cache-node.ts';
import { TrackTable, type TrackTableEntry, type TrackTableFace } from './track-table.ts';

const face = (track: number, x: number, bridged = false): TrackTableFace => ({
  track,
  box: { x, y: 20, width: 80, height: 100 },
  points: [
    [x + 20.25, 40],
    [x + 60, 40.5],
    [x + 40, 70.1],
  ],
  bridged,
});

/** Two shots: a face for three frames, then nobody, then another track in every second frame of the video. */
const entries: TrackTableEntry[] = [
  { sourceIndex: 0, timestampSeconds: 0, isCut: false, face: face(0, 10) },
  { sourceIndex: 1, timestampSeconds: 0.04, isCut: false, face: face(0, 12, true) },
  { sourceIndex: 2, timestampSeconds: 0.08, isCut: false, face: face(0, 14) },
  { sourceIndex: 3, timestampSeconds: 0.12, isCut: true, face: undefined },
  { sourceIndex: 5, timestampSeconds: 0.2, isCut: false, face: face(1, 200) },
  { sourceIndex: 7, timestampSeconds: 0.28, isCut: false, face: face(1, 202) },
];

describe('TrackTable', () => {
  it('returns the face and the shot of a frame, and nothing for frames that were not looked at', async () => {
    const table = await TrackTable.from(entries);
    expect(table.face(1)).toEqual(face(0, 12, true));
    expect(table.face(7)).toEqual(face(1, 202));
    for (const index of [3, 4, 6, 8, -1]) expect(table.face(index)).toBeUndefined();
    expect([0, 2, 3, 5, 6].map((index) => table.shot(index))).toEqual([0, 0, 1, 1, undefined]);
    expect(table).toMatchObject({ rowCount: 6, shotCount: 2, framesWithFace: 5 });
  });

  it('gives back its rows, and where nobody is', async () => {
    const table = await TrackTable.from(entries);
    expect(entries.map((_, row) => table.entry(row))).toEqual(entries);
    expect(table.withoutFace()).toEqual([{ firstRow: 3, lastRow: 3, firstSeconds: 0.12, lastSeconds: 0.12 }]);
  });

  it('sums up tracks', async () => {
    const table = await TrackTable.from(entries);
    expect(table.tracks()).toEqual([
      {
        track: 0,
        shot: 0,
        firstRow: 0,
        lastRow: 2,
        firstSeconds: 0,
        lastSeconds: 0.08,
        bridgedFrames: 1,
        meanWidth: 80,
      },
      {
        track: 1,
        shot: 1,
        firstRow: 4,
        lastRow: 5,
        firstSeconds: 0.2,
        lastSeconds: 0.28,
        bridgedFrames: 0,
        meanWidth: 80,
      },
    ]);
  });

  it('may be empty', async () => {
    const table = await TrackTable.from([]);
    expect(table).toMatchObject({ rowCount: 0, shotCount: 0, framesWithFace: 0 });
    expect(table.tracks()).toEqual([]);
    expect(table.face(0)).toBeUndefined();
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
    const table = await TrackTable.from(entries);
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
