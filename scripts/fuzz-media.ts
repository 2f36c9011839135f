// Damages media files by the thousand, and looks at what each does to a program that reads it and to a whole job:
//   npm run fuzz -- --dir FOLDER --count 5000
// What was found is appended to results.jsonl in the folder, files that do harm are kept in its folder "failing", and the same
// command goes on where it was ended. --seed N makes other files, --jobs N is how many are looked at at a time, --job-every N does
// the whole job with every N-th (0: with none), and --only ID shows everything about one.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Campaign, readResults, type FileResult } from '../test/fuzz/campaign.ts';
import { reportOf } from '../test/fuzz/report.ts';

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    'job-every': { type: 'string', default: '10' },
    only: { type: 'string' },
  },
});
if (values.dir === undefined) throw new Error('Name a folder for files and results: --dir FOLDER.');

function integer(name: Exclude<keyof typeof values, 'dir'>, least: number): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < least) throw new Error(`--${name} must be an integer from ${least}.`);
  return number;
}

const folder = resolve(values.dir);
const campaign = await Campaign.open({
  folder,
  count: integer('count', 1),
  seed: integer('seed', 0),
  jobs: integer('jobs', 1),
  jobEvery: values.only === undefined ? integer('job-every', 0) : 1,
});

if (values.only === undefined) {
  let judged = 0;
  await campaign.run((result) => {
    judged++;
    const harm = [...result.decoding.harm, ...(result.job?.harm ?? [])];
    if (harm.length > 0) console.log(describe(result));
    else if (judged % 100 === 0) console.log(`${judged} files`);
  });
  const results = await readResults(folder);
  console.log(reportOf(results));
  process.exitCode = results.some(({ decoding, job }) => decoding.harm.length + (job?.harm.length ?? 0) > 0) ? 1 : 0;
} else {
  const result = await campaign.judge(integer('only', 0), { again: false });
  console.log(describe(result));
  console.log(JSON.stringify(result, undefined, 2));
}

function describe({ id, source, what, decoding, job }: FileResult): string {
  const harm = [...decoding.harm, ...(job?.harm.map((word) => `job: ${word}`) ?? [])];
  return `${id} ${source}: ${harm.join(', ')} (${what})`;
}
