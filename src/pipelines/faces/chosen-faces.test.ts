// ChosenFaces: who is lip-synced in each shot, by size, place, number and picture.
import { describe, expect, it } from 'vitest';
import { FACE_COLORS } from '../../vision/face-colors.ts';
import { ChosenFaces, type FaceChoice } from './chosen-faces.ts';
import { faceOptionOf } from './face-option.ts';
import type { FaceIdentity } from './face-landmarker.ts';
import { TrackIdentities } from './people.ts';
import type { FrameFace } from './track-faces.ts';
import { TrackTable, type TrackTableInput } from './track-table.ts';

const face = (track: number, x: number, width: number): FrameFace => ({
  track,
  box: { x, y: 20, width, height: width },
  points: [
    [x, 40],
    [x + width, 40],
    [x + width / 2, 70],
  ],
  bridged: false,
});

const identity = (angle: number): FaceIdentity => ({
  embedding: Float32Array.of(Math.cos(angle), Math.sin(angle)),
  colors: new Float32Array(FACE_COLORS).fill(50),
});

/** Three people in a row, the second of whom is gone for two frames; then the third alone; a passer-by far left. */
async function table(): Promise<TrackTable> {
  const entries: TrackTableInput[] = Array.from({ length: 12 }, (_, i) => {
    const faces =
      i >= 8
        ? [face(4, 300, 90)]
        : [
            face(0, 100, 50),
            ...(i < 3 ? [face(1, 200, 80)] : []),
            face(2, 400, 60),
            ...(i >= 5 ? [face(3, 210, 80)] : []),
            ...(i === 7 ? [face(5, 0, 70)] : []),
          ];
    return { sourceIndex: i, timestampSeconds: i / 25, isCut: i === 8, faces };
  });
  const identities = new TrackIdentities();
  for (const [track, angle] of [0, 1, 2, 1.02, 2.05, 3].entries()) identities.add(track, identity(angle));
  return TrackTable.from(entries, identities);
}

/** Returns the track of every frame. */
async function tracks(choice: FaceChoice): Promise<(number | undefined)[]> {
  const [chosen] = ChosenFaces.of(await table(), choice, 'talk.mp4');
  return Array.from({ length: 12 }, (_, i) => chosen.face(i)?.track);
}

const _ = undefined;

describe('the face of a frame', () => {
  it('is in every shot that of the person who is largest, and of nobody else while that one is away', async () => {
    expect(await tracks('largest')).toEqual([1, 1, 1, _, _, 3, 3, 3, 4, 4, 4, 4]);
  });

  it('is that on the left, on the right or in the center; who only passes does not count', async () => {
    expect(await tracks('left')).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4]);
    expect(await tracks('right')).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4]);
    expect(await tracks('center')).toEqual([1, 1, 1, _, _, 3, 3, 3, 4, 4, 4, 4]);
  });

  it('is that of a person by number, and stays with the person across cuts', async () => {
    expect(await tracks(3)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4]);
    expect(await tracks(1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, _, _, _, _]);
  });

  it('is that of the person in a picture', async () => {
    expect(await tracks(identity(2.2))).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4]);
  });

  it('belongs to a person of the video', async () => {
    await expect(tracks(5)).rejects.toMatchObject({
      code: 'no-face',
      message: expect.stringMatching(/^talk\.mp4 does not show person 5: there are 4 people in it\.\n/) as string,
    });
    await expect(tracks(identity(-1.5))).rejects.toMatchObject({
      code: 'no-face',
      message: expect.stringMatching(/^talk\.mp4 does not show the person of the picture/) as string,
    });
  });

  it('may be nowhere', async () => {
    expect(ChosenFaces.of(await TrackTable.from([]), 'largest', 'talk.mp4')[0].face(0)).toBeUndefined();
  });
});

it('the option is a place, a number or a picture', () => {
  expect([undefined, 'left', 2, '2', 'anna.png', '0'].map(faceOptionOf)).toEqual([
    'largest',
    'left',
    2,
    2,
    { picture: 'anna.png' },
    { picture: '0' },
  ]);
});
