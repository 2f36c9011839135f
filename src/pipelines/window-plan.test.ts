// WindowPlan: it names the windows that FaceWindows really draws, and where an interrupted output goes on.
import { describe, expect, it } from 'vitest';
import { createImage8 } from '../tensor/image.ts';
import { Tensor } from '../tensor/tensor.ts';
import { FaceWindows, type FaceWindowsOptions, type WindowFace } from './face-windows.ts';
import { FACE_COLORS } from '../vision/face-colors.ts';
import { ChosenFaces } from './faces/chosen-faces.ts';
import { TrackIdentities } from './faces/people.ts';
import { TrackTable, type TrackTableInput } from './faces/track-table.ts';
import { Timeline } from './timeline.ts';
import { WindowPlan, type WindowPlanOptions } from './window-plan.ts';

/** All tracks are of one person. */
const somebody = { embedding: Float32Array.of(1), colors: new Float32Array(FACE_COLORS) };

const sizes = { windowFrames: 6, overlapFrames: 2 };

/** A video at 25 frames per second: of each frame the track, or nothing. */
async function planOf(
  tracks: readonly (number | undefined)[],
  frames = tracks.length,
  { cuts = [], ...more }: { cuts?: readonly number[] } & Partial<WindowPlanOptions> = {},
  heardFrames = frames,
): Promise<WindowPlan> {
  const entries = tracks.map((track, sourceIndex): TrackTableInput => {
    const box = { x: sourceIndex, y: 0, width: 10, height: 10 };
    const points = [
      [sourceIndex, 1],
      [2, 3],
      [4, 5],
    ] as const;
    const faces = track === undefined ? [] : [{ track, box, points, bridged: false }];
    return { sourceIndex, timestampSeconds: sourceIndex / 25, isCut: cuts.includes(sourceIndex), faces };
  });
  const source = {
    timestamps: Float64Array.from(tracks, (_, index) => index / 25),
    leadSeconds: 0,
    info: { frameRate: 25, variableFrameRate: false, durationSeconds: tracks.length / 25 },
  };
  const timeline = new Timeline(source, {
    speeches: [{ rows: 2 * heardFrames }],
    length: heardFrames < frames ? 'video' : 'audio',
  });
  const identities = new TrackIdentities();
  for (const track of new Set(tracks)) if (track !== undefined) identities.add(track, somebody);
  const [faces] = ChosenFaces.of(await TrackTable.from(entries, identities), 'largest', 'clip.mp4');
  return new WindowPlan(faces, timeline, { ...sizes, reference: false, speech: 0, ...more });
}

/** Draws by FaceWindows as the pipeline does; returns of every window the frames that it gets. */
async function drawnWindows(plan: WindowPlan, frames: number): Promise<number[][]> {
  const drawn: number[][] = [];
  const face = createImage8(8, 8, 3);
  const options: FaceWindowsOptions = {
    generator: {
      encode: (faces) => Promise.resolve(Tensor.float32([faces.shape[0], 8, 1, 1])),
      generate: ({ pixelValues, audio }) => {
        drawn.push([...audio.data]);
        return Promise.resolve({ latents: pixelValues, pixelValues });
      },
    },
    resolution: 8,
    ...sizes,
    audioShape: [1, 1],
    noise: Tensor.float32([1, 4, 1, 1, 1]),
  };
  const windows = new FaceWindows<WindowFace>(options);
  for (let index = 0; index < frames; index++) {
    const { face: planned, startsTrack } = plan.frame(index);
    if (!planned || startsTrack) await (await windows.flush())?.();
    if (planned) await (await windows.push({ face, audio: Float32Array.of(index) }))?.();
  }
  await (
    await windows.flush()
  )?.();
  return drawn;
}

const t = (count: number, track?: number): (number | undefined)[] => new Array<number | undefined>(count).fill(track);

describe('WindowPlan', () => {
  it.each([
    ['one track of every length up to three windows', ...Array.from({ length: 16 }, (_, n) => t(n + 1, 0))],
    ['tracks with and without gaps', [...t(7, 0), ...t(3), ...t(2, 1), ...t(11, 2), ...t(1), ...t(1, 3)]],
    ['nothing but gaps', t(5)],
  ])('names the windows that are drawn: %s', async (_, ...videos) => {
    for (const tracks of videos) {
      const plan = await planOf(tracks);
      const drawn = await drawnWindows(plan, tracks.length);
      expect(Array.from({ length: plan.windowCount }, (__, window) => plan.framesOf(window))).toEqual(
        drawn.map(({ length }) => length),
      );
      expect(plan.framesWithFace).toBe(tracks.filter((track) => track !== undefined).length);
      for (const [index, track] of tracks.entries()) {
        const window = plan.windowOf(index);
        if (track === undefined) continue;
        // The last window that has the frame finishes it.
        expect(window).toBe(drawn.findLastIndex((frames) => frames.includes(index)));
        const having = drawn.flatMap((frames, number) => (frames.includes(index) ? [number] : []));
        expect(plan.windowsOf(index)).toEqual(having);
      }
    }
  });

  it('goes on with the first frame of the window that a frame is in, or with the frame itself', async () => {
    const plan = await planOf([...t(14, 0), ...t(3), ...t(8, 1)]); // windows 0–5, 4–9, 8–13, 17–22, 21–24
    const startOf = (frame: number) => plan.startOf(plan.windowOf(frame), frame);
    expect(startOf(0)).toEqual({ window: 0, firstFrame: 0, trackStart: 0, sharedFrames: 0 });
    expect(startOf(3)).toEqual({ window: 0, firstFrame: 0, trackStart: 0, sharedFrames: 0 });
    expect(startOf(5)).toEqual({ window: 1, firstFrame: 4, trackStart: 0, sharedFrames: 2 });
    expect(startOf(12)).toEqual({ window: 2, firstFrame: 8, trackStart: 0, sharedFrames: 2 });
    expect(startOf(15)).toEqual({ window: 3, firstFrame: 15, trackStart: 15, sharedFrames: 0 });
    expect(startOf(18)).toEqual({ window: 3, firstFrame: 17, trackStart: 17, sharedFrames: 0 });
    expect(startOf(24)).toEqual({ window: 4, firstFrame: 21, trackStart: 17, sharedFrames: 2 });
    expect(startOf(25)).toEqual({ window: 5, firstFrame: 25, trackStart: 25, sharedFrames: 0 });
  });

  it('follows a video that plays backward and forward', async () => {
    const plan = await planOf(t(4, 0), 12);
    expect(Array.from({ length: 12 }, (_, index) => plan.frame(index).startsTrack)).toEqual([
      true,
      ...new Array<boolean>(11).fill(false),
    ]);
    expect(plan.windowCount).toBe(3);
  });
});

describe('where nobody speaks', () => {
  const tracks = [...t(20, 0), ...t(4), ...t(6, 1)];
  const spoken = [
    { from: 8, to: 24 }, // frames 4 to 11
    { from: 36, to: 52 }, // frames 18 to 25, without a face up to 23
  ];
  const facesOf = (plan: WindowPlan): number[] =>
    [...tracks.keys()].filter((index) => plan.frame(index).face !== undefined);

  it('nothing is drawn, and what is drawn fades', async () => {
    const plan = await planOf(tracks, tracks.length, { spoken });
    expect(facesOf(plan)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 18, 19, 24, 25]);
    expect(plan.framesWithFace).toBe(12);
    expect([3, 4, 12, 17, 18, 22, 26].map((index) => plan.frame(index).isQuiet)).toEqual(
      [true, false, true, true, false, false, true], // prettier-ignore
    );
    expect([4, 5, 6, 7, 8, 9, 10, 11].map((index) => plan.opacity(index))).toEqual(
      [0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25], // prettier-ignore
    );
    expect(plan.frame(18)).toMatchObject({ startsTrack: true, audioRow: 36 });
    // Of six frames, with two of the window before; and short ones.
    expect(Array.from({ length: plan.windowCount }, (_, window) => plan.framesOf(window))).toEqual([6, 4, 2, 2]);
  });

  it('mouths are drawn closed, and nothing fades, if that is wished', async () => {
    const plan = await planOf(tracks, tracks.length, { spoken, closesQuiet: true });
    expect(facesOf(plan)).toEqual([...tracks.keys()].filter((index) => tracks[index] !== undefined));
    expect(plan.frame(3)).toMatchObject({ isQuiet: true, startsTrack: false });
    expect([3, 4, 6, 8, 11, 12].map((index) => plan.frame(index).audibleShare)).toEqual([0, 0.1, 0.5, 0.8, 0.2, 0]);
    expect([3, 4, 11, 12].map((index) => plan.opacity(index))).toEqual([1, 1, 1, 1]);
  });

  it('no sound is heard: only what is spoken with a face', async () => {
    const longer = [...t(150, 0), ...t(50)];
    const more = { spoken: [{ from: 0, to: 50 }, { from: 60, to: 80 }, { from: 200, to: 400 }] }; // prettier-ignore
    const plan = await planOf(longer, longer.length, more);
    const heard = [{ from: 0, to: 79 }, { from: 200, to: 299 }]; // prettier-ignore
    expect(plan.heardRows(0)).toEqual(heard);
    expect(plan.heardRows(60)).toEqual(heard.slice(1));
    expect(plan.heardRows(150)).toEqual([]);
  });
});

describe('several lanes', () => {
  it('draw a face once: for the first speech that is heard with it', async () => {
    const tracks = t(12, 0);
    const first = await planOf(tracks, 12, { spoken: [{ from: 0, to: 8 }] }); // frames 0 to 3
    const second = await planOf(tracks, 12, { before: [first] });
    expect([...tracks.keys()].map((index) => second.frame(index).why)).toEqual([...new Array<string>(4).fill('taken'), ...t(8)]); // prettier-ignore
    expect(second.frame(4)).toMatchObject({ startsTrack: true });
    expect(second.windowCount).toBe(2);
  });

  it('without a speech leave alone whom a speaker is about, and are drawn closed while somebody is heard', async () => {
    const tracks = [...t(6, 0), ...t(6, 1)];
    const speaker = await planOf(t(6, 0), 6, { spoken: [{ from: 4, to: 6 }] });
    const silent = await planOf(tracks, 12, { speech: undefined, before: [speaker] }, 8);
    expect([...tracks.keys()].map((index) => silent.frame(index).why)).toEqual([
      ...new Array<string>(6).fill('taken'),
      ...[undefined, undefined],
      ...new Array<string>(4).fill('no-speech'),
    ]);
    expect(silent.frame(6)).toMatchObject({ audibleShare: 0, isQuiet: true });
    expect(silent.heardRows(0)).toEqual([]);
  });

  it('are drawn in a stretch of the video', async () => {
    const plan = await planOf(t(6, 0), 6, { stretch: { startSeconds: 0.08, endSeconds: 0.16 } });
    const chosen = [false, false, true, true, false, false];
    expect(chosen.map((_, index) => plan.frame(index).why === undefined)).toEqual(chosen);
    expect(plan.frame(0).why).toBe('not-chosen');
  });
});

describe('opacity', () => {
  const opacities = async (tracks: readonly (number | undefined)[], cuts: readonly number[] = []) => {
    const plan = await planOf(tracks, tracks.length, { cuts });
    return tracks.map((track, index) => (track === undefined ? undefined : plan.opacity(index)));
  };
  const full = (count: number): number[] => new Array<number>(count).fill(1);

  it('fades where the picture goes on unchanged, and nowhere else', async () => {
    expect(await opacities([...t(8, 0), ...t(2), ...t(6, 1)])).toEqual([
      ...full(5),
      ...[0.75, 0.5, 0.25, undefined, undefined, 0.25, 0.5, 0.75],
      ...full(3),
    ]);
  });

  it('keeps a short run faint', async () => {
    expect(await opacities([...t(4), ...t(2, 0), ...t(4)])).toEqual([...t(4), 0.25, 0.25, ...t(4)]);
  });

  it('does not fade at a cut', async () => {
    expect(await opacities([...t(6, 0), ...t(3), ...t(6, 1)], [6, 9])).toEqual([...full(6), ...t(3), ...full(6)]);
    expect(await opacities([...t(6, 0), ...t(6, 1)], [6])).toEqual(full(12));
  });
});
