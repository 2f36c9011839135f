// Tables of what became of damaged files, for docs/robustness.md.
import { extname } from 'node:path';
import type { FileResult } from './campaign.ts';
import { damageKinds } from './damage.ts';
import type { Harm, Judgement } from './judgement.ts';

/** Containers by the endings of names. */
const containers: readonly (readonly [string, readonly string[]])[] = [
  ['MP4, MOV, 3GP, M4A', ['mp4', 'mov', 'm4a', '3gp']],
  ['Matroska, WebM', ['mkv', 'webm', 'mka']],
  ['AVI', ['avi']],
  ['MPEG-TS', ['m2t', 'ts']],
  ['MPEG-PS, MPEG video', ['mpg', 'vob', 'm2v']],
  ['H.264, HEVC without container', ['h264', 'h265']],
  ['Ogg', ['ogg', 'ogv', 'opus', 'spx']],
  ['ASF', ['asf', 'wmv', 'wma']],
  ['FLV', ['flv']],
  ['MXF, NUT, DV, IVF, Y4M', ['mxf', 'nut', 'dv', 'ivf', 'y4m']],
  ['GIF, APNG, WebP', ['gif', 'webp', 'png']],
  ['JPEG, JPEG 2000, JPEG XL, BMP, TIFF', ['jpg', 'jp2', 'jxl', 'bmp', 'tiff']],
  ['WAV, W64', ['wav', 'w64']],
  ['AIFF, CAF, AU', ['aiff', 'caf', 'au']],
  ['FLAC, TTA, WavPack', ['flac', 'tta', 'wv']],
  ['MP3, MP2, AAC', ['mp3', 'mp2', 'aac']],
  ['AC-3, E-AC-3, DTS', ['ac3', 'eac3', 'dts']],
  ['AMR, GSM', ['amr', 'awb', 'gsm']],
];

const OTHERS = 'others';

const harms: readonly (readonly [Harm, string])[] = [
  ['crash', 'the caller was ended by a signal'],
  ['unexpected', 'an error without a code, or exit status 1'],
  ['stray', 'an error outside the calls that the caller made'],
  ['hang', 'no outcome within 30 s'],
  ['blocked', 'the event loop of the caller blocked for over 50 ms'],
  ['memory', 'the media process took more than its limit'],
  ['orphan', 'a process stayed'],
  ['left-over', 'an output that is not whole, or a temporary file'],
];

/** Returns the tables as Markdown. */
export function reportOf(results: readonly FileResult[]): string {
  const judgements = results.flatMap(({ decoding, job }) => (job ? [decoding, job] : [decoding]));
  const jobs = results.flatMap(({ job }) => job ?? []);
  return [
    table(
      ['harm', `decoding (${results.length} files)`, `whole job (${jobs.length} files)`],
      harms.map(([harm, meaning]) => [
        meaning,
        ...[results.map(({ decoding }) => decoding), jobs].map((list) => count(list, harm)),
      ]),
    ),
    outcomes('container', results, (result) => containerOf(result.source)),
    outcomes('damage', results, ({ kind }) => kind, damageKinds),
    table(
      ['whole job ended with', 'files'],
      [...tally(jobs.map(({ outcomes }) => outcomes.job!))].map(([code, files]) => [code, String(files)]),
    ),
    `Slowest: ${Math.max(...judgements.map(({ seconds }) => seconds)).toFixed(1)} s. Most memory of a media process: ${megabytes(judgements)} MB.`,
  ].join('\n\n');
}

function count(judgements: readonly Judgement[], harm: Harm): string {
  return String(judgements.filter((judgement) => judgement.harm.includes(harm)).length);
}

function megabytes(judgements: readonly Judgement[]): string {
  return (Math.max(...judgements.map(({ mediaBytes }) => mediaBytes)) / 1e6).toFixed(0);
}

function outcomes(
  name: string,
  results: readonly FileResult[],
  groupOf: (result: FileResult) => string,
  order: readonly string[] = [...containers.map(([container]) => container), OTHERS],
): string {
  const columns = [...tally(results.flatMap(outcomesOf)).keys()];
  const rows = order
    .map((group) => ({ group, members: results.filter((result) => groupOf(result) === group) }))
    .filter(({ members }) => members.length > 0)
    .map(({ group, members }) => {
      const found = tally(members.flatMap(outcomesOf));
      const decodings = members.map(({ decoding }) => decoding);
      const slowest = Math.max(...decodings.map(({ seconds }) => seconds));
      return [
        group,
        String(members.length),
        ...columns.map((column) => String(found.get(column) ?? 0)),
        slowest.toFixed(1),
        megabytes(decodings),
      ];
    });
  return table([name, 'files', ...columns, 'slowest, s', 'most memory, MB'], rows);
}

function outcomesOf({ decoding }: FileResult): string[] {
  return Object.values(decoding.outcomes);
}

function containerOf(name: string): string {
  const ending = extname(name).slice(1);
  return containers.find(([, endings]) => endings.includes(ending))?.[0] ?? OTHERS;
}

/** Counts words, the most frequent first. */
function tally(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
