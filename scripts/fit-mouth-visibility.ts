// Fits how hidden mouths look, whoever it is, on rendered people; prints the numbers of src/vision/mouth-visibility.ts:
//   npm run fit:mouths -- --looks looks.jsonl --seeds 30 --first-seed 1
// Looks that the file has already are not made again. Seeds from 1001 on are for measuring, see measure-mouths.ts.
import { appendFile, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openFaceLandmarker } from '../src/pipelines/faces/face-landmarker-node.ts';
import { createRuntime } from '../src/runtime/child-process-runtime-node.ts';
import { mouthLook } from '../src/vision/mouth-look.ts';
import { mouthFeatures } from '../src/vision/mouth-visibility.ts';
import { judged, mouthClip, type MouthClipKind } from '../test/people/mouth-clips.ts';

const { values } = parseArgs({
  options: {
    looks: { type: 'string' },
    seeds: { type: 'string', default: '30' },
    'first-seed': { type: 'string', default: '1' },
  },
});
const file = values.looks;
if (file === undefined) throw new Error('--looks must name the file where looks are kept.');

/** Frames from one look to the next: those between are alike. */
const STEP = 6;
const kinds: readonly MouthClipKind[] = [
  'hand',
  'microphone',
  'thing',
  'covering',
  'hair',
  'beside',
  'lasting',
  'speech',
  'lively',
  'light',
  'turn',
];

/** The look of a mouth in one frame, and whether the mouth is hidden. */
interface LabeledLook {
  clip: string;
  isHidden: boolean;
  look: number[];
}

const known = new Set<string>();
const text = await readFile(file, 'utf8').catch(() => '');
const looks = text
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as LabeledLook);
for (const { clip } of looks) known.add(clip);

await using runtime = createRuntime({ threads: 1 });
await using landmarker = await openFaceLandmarker({ runtime });
const first = Number(values['first-seed']);
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  for (const kind of kinds) {
    const clip = `${kind} ${seed}`;
    if (known.has(clip)) continue;
    const found: LabeledLook[] = [];
    let previous: Awaited<ReturnType<typeof landmarker.detect>>;
    for await (const { data, truth } of mouthClip(kind, seed, STEP)) {
      previous = await landmarker.detect(data, { previous });
      const judgment = judged(truth);
      if (!previous || judgment === 'between' || (judgment === 'bad' && truth.hidden < 0.25)) continue;
      found.push({ clip, isHidden: judgment === 'bad', look: [...mouthLook(data, previous.landmarks)] });
    }
    await appendFile(file, found.map((each) => `${JSON.stringify(each)}\n`).join(''));
    looks.push(...found);
  }
}

/** How strongly weights of standardized features are held near zero. */
const RIDGE = 30;
const ITERATIONS = 4000;

const rows = looks.map(({ look }) => mouthFeatures(Uint8Array.from(look)));
const count = rows[0].length;
const columns = Array.from({ length: count }, (_, k) => rows.map((row) => row[k]));
const mean = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length);
const deviation = columns.map(
  (column, k) => Math.sqrt(column.reduce((sum, value) => sum + (value - mean[k]) ** 2, 0) / column.length) + 1e-6,
);
const standardized = rows.map((row) => row.map((value, k) => (value - mean[k]) / deviation[k]));

/** Fits a logistic regression by gradient descent with Nesterov's momentum. */
function fitted(chosen: readonly number[]): { weights: number[]; bias: number } {
  let point = Array.from({ length: count + 1 }, () => 0);
  let before = point;
  // The curvature of the loss is at most a quarter of the features' squares.
  const step = 4 / (chosen.reduce((sum, i) => sum + standardized[i].reduce((s, x) => s + x * x, 1), 0) + 4 * RIDGE);
  for (let iteration = 1; iteration <= ITERATIONS; iteration++) {
    const momentum = (iteration - 1) / (iteration + 2);
    const ahead = point.map((value, k) => value + momentum * (value - before[k]));
    const gradient = ahead.map((value, k) => (k < count ? RIDGE * value : 0));
    for (const i of chosen) {
      const error = 1 / (1 + Math.exp(-scoreOf(ahead, i))) - Number(looks[i].isHidden);
      for (let k = 0; k < count; k++) gradient[k] += error * standardized[i][k];
      gradient[count] += error;
    }
    before = point;
    point = ahead.map((value, k) => value - step * gradient[k]);
  }
  return { weights: point.slice(0, count), bias: point[count] };
}

function scoreOf(point: readonly number[], i: number): number {
  return standardized[i].reduce((sum, value, k) => sum + point[k] * value, point[count]);
}

const indices = looks.map((_, i) => i);
const clips = [...new Set(looks.map(({ clip }) => clip))];
const FOLDS = 5;
let [hidden, told, visible, mistaken] = [0, 0, 0, 0];
for (let fold = 0; fold < FOLDS; fold++) {
  const left = new Set(clips.filter((_, k) => k % FOLDS === fold));
  const { weights, bias } = fitted(indices.filter((i) => !left.has(looks[i].clip)));
  for (const i of indices.filter((k) => left.has(looks[k].clip))) {
    const isTold = scoreOf([...weights, bias], i) > 0;
    if (looks[i].isHidden) {
      hidden++;
      told += Number(isTold);
    } else {
      visible++;
      mistaken += Number(isTold);
    }
  }
}
console.error(
  `of people left out: hidden mouths told ${told} of ${hidden}, others taken for hidden ${mistaken} of ${visible}`,
);

const { weights, bias } = fitted(indices);
const scaled = weights.map((weight, k) => weight / deviation[k]);
const shift = bias - scaled.reduce((sum, weight, k) => sum + weight * mean[k], 0);
const numbers = (values: readonly number[]): string =>
  values.map((value) => String(Number(value.toPrecision(4)))).join(', ');
console.log(`// The numbers of mouth-visibility.ts, fitted by scripts/fit-mouth-visibility.ts on ${looks.length} looks of ${clips.length} rendered people.

/** One for each of the features. */
export const WEIGHTS: readonly number[] = [${numbers(scaled)}];
export const BIAS = ${numbers([shift])};`);
