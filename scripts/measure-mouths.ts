// Measures on rendered clips in how many frames hidden, turned, blurred or cut-off mouths stay as they are, and how many others are lost:
//   npm run measure:mouths -- --seeds 10 --first-seed 1001
// Nothing was tuned on seeds from 1001 on. docs/people.md has the figures.
import { parseArgs } from 'node:util';
import { openFaceLandmarker } from '../src/pipelines/faces/face-landmarker-node.ts';
import { TrackIdentities } from '../src/pipelines/faces/people.ts';
import { trackFaces } from '../src/pipelines/faces/track-faces.ts';
import { TrackTable, type TrackTableFace, type TrackTableInput } from '../src/pipelines/faces/track-table.ts';
import { unusableReasons } from '../src/pipelines/faces/usable-faces.ts';
import { createRuntime } from '../src/runtime/child-process-runtime-node.ts';
import { judged, MOUTH_CLIP_KINDS, mouthClip, type Judgment, type MouthTruth } from '../test/people/mouth-clips.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '4' },
    'first-seed': { type: 'string', default: '1' },
    kinds: { type: 'string', default: MOUTH_CLIP_KINDS.join(',') },
    verbose: { type: 'boolean', default: false },
  },
});

await using runtime = createRuntime({ threads: 1 });
await using landmarker = await openFaceLandmarker({ runtime });

/** In good frames that are as near as this to one that is not, what is drawn is fading: they are counted apart. */
const FADE_FRAMES = 3;

/** How many bad frames passed, and how many good ones were lost: all, and those that are not beside bad ones. */
class Count {
  bad = 0;
  passed = 0;
  good = 0;
  lost = 0;
  clear = 0;
  clearLost = 0;

  add(judgment: Judgment, isDrawn: boolean, isBesideBad: boolean): void {
    if (judgment === 'bad') {
      this.bad++;
      if (!isDrawn) this.passed++;
    } else if (judgment === 'good') {
      this.good++;
      if (!isDrawn) this.lost++;
      if (isBesideBad) return;
      this.clear++;
      if (!isDrawn) this.clearLost++;
    }
  }

  toString(): string {
    const share = (part: number, of: number): string =>
      `${part} of ${of}${of === 0 ? '' : ` (${((100 * part) / of).toFixed(1)} %)`}`;
    return `bad frames passed ${share(this.passed, this.bad)}, good ones lost ${share(this.lost, this.good)}, not beside others ${share(this.clearLost, this.clear)}`;
  }
}

const isAt = ({ box }: TrackTableFace, { face }: MouthTruth): boolean =>
  Math.hypot(box.x + box.width / 2 - face.x, box.y + box.height / 2 - face.y) < 0.6 * face.width;

/** Returns for each row of a table whether the face of the clip would be drawn. */
function drawn(table: TrackTable, truths: readonly MouthTruth[]): boolean[] {
  const isDrawn = truths.map(() => false);
  for (const { track, firstRow, lastRow } of table.tracks) {
    const faces = Array.from({ length: lastRow + 1 - firstRow }, (_, k) =>
      table.entry(firstRow + k).faces.find((face) => face.track === track)!,
    );
    for (const [k, reason] of unusableReasons(faces).entries()) {
      if (!reason && isAt(faces[k], truths[firstRow + k])) isDrawn[firstRow + k] = true;
    }
  }
  return isDrawn;
}

const all = new Count();
const first = Number(values['first-seed']);
for (const kind of MOUTH_CLIP_KINDS.filter((name) => values.kinds.split(',').includes(name))) {
  const count = new Count();
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const truths: MouthTruth[] = [];
    const identities = new TrackIdentities();
    const rows = async function* (): AsyncGenerator<TrackTableInput> {
      const frames = async function* () {
        for await (const { truth, ...frame } of mouthClip(kind, seed)) {
          truths.push(truth);
          yield frame;
        }
      };
      const onPortrait = async (track: number, portrait: Parameters<typeof landmarker.identify>[0]): Promise<void> => {
        identities.add(track, await landmarker.identify(portrait));
      };
      for await (const { frame, isCut, faces } of trackFaces(frames(), { landmarker, onPortrait })) {
        yield { sourceIndex: frame.sourceIndex, timestampSeconds: frame.timestampSeconds, isCut, faces };
      }
    };
    const table = await TrackTable.from(rows(), identities);
    const isDrawn = drawn(table, truths);
    const judgments = truths.map(judged);
    for (const [row, judgment] of judgments.entries()) {
      const near = judgments.slice(Math.max(0, row - FADE_FRAMES), row + FADE_FRAMES + 1);
      const isBeside = near.some((other) => other !== 'good');
      count.add(judgment, isDrawn[row], isBeside);
      all.add(judgment, isDrawn[row], isBeside);
    }
    if (values.verbose) {
      const line = judgments.map((judgment, row) => {
        if (judgment === 'between') return isDrawn[row] ? ':' : '-';
        return isDrawn[row] ? (judgment === 'bad' ? 'X' : '#') : judgment === 'bad' ? '.' : 'o';
      });
      console.log(`${kind} ${seed} ${line.join('')}`);
    }
  }
  console.log(`${kind}: ${String(count)}`);
}
console.log(`all: ${String(all)}`);
