// Measures on rendered scenes how many small faces are found beside large ones, and how many people are recognized after a cut:
//   npm run measure:people -- --scenes 20
// --face-width N is the width of the small faces in pixels of 1920×1080. docs/people.md has the figures.
import { parseArgs } from 'node:util';
import { openFaceLandmarker } from '../src/pipelines/faces/face-landmarker-node.ts';
import { TrackIdentities } from '../src/pipelines/faces/people.ts';
import { trackFaces, type TrackedFrame } from '../src/pipelines/faces/track-faces.ts';
import { TrackTable, type TrackTableFace, type TrackTableInput } from '../src/pipelines/faces/track-table.ts';
import { createRuntime } from '../src/runtime/child-process-runtime-node.ts';
import {
  crossingShot,
  placeAt,
  sceneFrames,
  sceneShots,
  type ScenePerson,
  type SceneShot,
} from '../test/people/rendered-scenes.ts';

const { values } = parseArgs({
  options: {
    scenes: { type: 'string', default: '20' },
    'first-seed': { type: 'string', default: '1' },
    'face-width': { type: 'string', default: '45' },
    frames: { type: 'string', default: '6' },
  },
});
const faceWidth = Number(values['face-width']);
const frames = Number(values.frames);

await using runtime = createRuntime({ threads: 1 });
await using landmarker = await openFaceLandmarker({ runtime });

/** Faces of one kind: all of them, and those that were found. */
class Count {
  all = 0;
  right = 0;

  add(isRight: boolean): void {
    this.all++;
    if (isRight) this.right++;
  }

  toString(): string {
    return `${this.right} of ${this.all}, ${((100 * this.right) / Math.max(1, this.all)).toFixed(1)} %`;
  }
}

const [small, rolled, large, recognized, strangers, extra, crossed] = Array.from({ length: 7 }, () => new Count());

/** Follows the faces of some shots. */
async function trackShots(shots: readonly SceneShot[], seed: number): Promise<TrackTable> {
  const identities = new TrackIdentities();
  const tracked = trackFaces(sceneFrames(shots, seed), {
    landmarker,
    onPortrait: async (track, portrait) => {
      identities.add(track, await landmarker.identify(portrait));
    },
  });
  return TrackTable.from(inputs(tracked), identities);
}

/** Whether people who walk past each other keep their numbers. */
async function measureCrossing(seed: number): Promise<void> {
  const shot = crossingShot(seed);
  const table = await trackShots([shot], seed);
  const personAt = (place: ScenePerson, frame: number): number | undefined =>
    faceOf(table.faces(frame), placeAt(place, frame, shot.frames))?.person;
  for (const place of shot.people.slice(1)) {
    const [before, after] = [personAt(place, 2), personAt(place, shot.frames - 3)];
    crossed.add(before !== undefined && before === after);
  }
}

function faceOf(faces: readonly TrackTableFace[], { x, y, width }: ScenePerson): TrackTableFace | undefined {
  return faces.find(({ box }) => Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y) < 0.6 * width);
}

async function* inputs(tracked: AsyncIterable<TrackedFrame>): AsyncGenerator<TrackTableInput> {
  for await (const { frame, isCut, faces } of tracked) {
    yield { sourceIndex: frame.sourceIndex, timestampSeconds: frame.timestampSeconds, isCut, faces };
  }
}

const first = Number(values['first-seed']);
for (let seed = first; seed < first + Number(values.scenes); seed++) {
  const shots = sceneShots(seed, { faceWidth, frames });
  await measureCrossing(seed);
  const table = await trackShots(shots, seed);
  const known = new Map<number, number>(); // people of the scene and of the table
  let row = 0;
  for (const { people, frames: length } of shots) {
    const before = new Set(known.values());
    for (const place of people) {
      const seen = new Map<number, number>();
      for (let k = row; k < row + length; k++) {
        const face = faceOf(table.faces(k), place);
        const count = place.width > faceWidth ? large : place.roll === 0 ? small : rolled;
        count.add(face !== undefined);
        if (face) seen.set(face.person, (seen.get(face.person) ?? 0) + 1);
      }
      const person = [...seen].sort((a, b) => b[1] - a[1]).at(0)?.[0];
      if (person === undefined) continue;
      const expected = known.get(place.person);
      if (expected !== undefined) recognized.add(person === expected);
      else if (row > 0) strangers.add(!before.has(person));
      if (expected === undefined) known.set(place.person, person);
    }
    for (let k = row; k < row + length; k++) {
      for (const face of table.faces(k)) extra.add(!people.some((place) => faceOf([face], place)));
    }
    row += length;
  }
  console.log(`scene ${seed}: ${table.personCount} people, ${table.tracks.length} tracks`);
}
console.log(`Faces ${faceWidth} pixels wide, upright: found in ${String(small)} of the frames`);
console.log(`Faces ${faceWidth} pixels wide, rolled: ${String(rolled)}`);
console.log(`Larger faces: ${String(large)}`);
console.log(`The same person after a cut: ${String(recognized)}`);
console.log(`Somebody new after a cut: ${String(strangers)}`);
console.log(`Who is who after two have walked past each other: ${String(crossed)}`);
console.log(`Faces where there are none: ${String(extra)}`);
