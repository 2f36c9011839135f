// Kills a job at random moments, again and again, and looks at whether the same command goes on to the same bytes:
//   npm run kills -- --dir FOLDER --count 100
// The command itself is killed, or a process that it has started: the one of the networks, those that read, those that write.
// Results are appended to results.jsonl in the folder, and the same command goes on where it was ended. --seed N kills at other moments.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KillCampaign, readKills } from '../test/kills/campaign.ts';
import { killReport } from '../test/kills/report.ts';

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.dir === undefined) throw new Error('Name a folder for files and results: --dir FOLDER.');

function integer(name: 'count' | 'seed', least: number): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < least) throw new Error(`--${name} must be an integer from ${least}.`);
  return number;
}

const folder = resolve(values.dir);
const campaign = await KillCampaign.open({ folder, count: integer('count', 1), seed: integer('seed', 0) });
await campaign.run(
  ({ attempt, job, victim = 'nothing', afterSeconds, stage, framesBefore, outcome, harm, details }) => {
    const when = `${victim} at ${afterSeconds.toFixed(1)} s (${stage}, ${framesBefore} frames before)`;
    console.log(
      `${attempt} job ${job}: ${when}: ${outcome}${harm.length > 0 ? ` HARM: ${harm.join()} ${details ?? ''}` : ''}`,
    );
  },
);
const results = await readKills(folder);
console.log(killReport(results));
process.exitCode = results.some(({ harm }) => harm.length > 0) ? 1 : 0;
