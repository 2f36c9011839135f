// Tables of what became of killed jobs, for docs/interrupted-jobs.md.
import { killsOf, victims, type KillHarm, type KillResult } from './campaign.ts';

const stages = ['start', 'load', 'faces', 'audio', 'sync'] as const;

const harms: readonly (readonly [KillHarm, string])[] = [
  ['different', 'a video that differs from that of an uninterrupted job'],
  ['refused', 'the same command did not go on'],
  ['unexpected', 'an error without a code'],
  ['orphan', 'a process stayed'],
  ['left-over', 'a file beside the video stayed'],
  ['hang', 'no end within 5 minutes'],
];

/** Returns the tables as Markdown. */
export function killReport(results: readonly KillResult[]): string {
  const kills = killsOf(results);
  const done = results.filter(({ outcome }) => outcome === 'done');
  const count = (victim: string, stage: string): number =>
    kills.filter((kill) => kill.victim === victim && kill.stage === stage).length;
  const counted = victims.map((victim) => {
    const numbers = stages.map((stage) => count(victim, stage));
    return [victim, ...numbers, numbers.reduce((sum, number) => sum + number, 0)];
  });
  return [
    `${kills.length} kills, ${results.length} starts, ${done.length} videos.`,
    table(['killed', ...stages, 'in all'], counted),
    table(
      ['harm', 'times'],
      harms.map(([harm, meaning]) => [meaning, results.filter((result) => result.harm.includes(harm)).length]),
    ),
  ].join('\n\n');
}

function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}
