// The lengths that docs/time.md promises are those that the options give.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { featureRowCount } from '../src/audio/feature-windows.ts';
import { parseCommandLine } from '../src/cli/parse-arguments.ts';
import { commands } from '../src/cli/commands.ts';
import { checkLipsyncOptions, resolveLipsyncOptions, type LipsyncOptions } from '../src/pipelines/lipsync-options.ts';
import { Timeline } from '../src/pipelines/timeline.ts';
import type { TimelineSource } from '../src/pipelines/video-part.ts';

const even: TimelineSource = {
  timestamps: Float64Array.from({ length: 100 }, (_, index) => index / 25),
  leadSeconds: 0,
  info: { frameRate: 25, variableFrameRate: false, durationSeconds: 4 },
};
const uneven: TimelineSource = {
  timestamps: Float64Array.of(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 3.6, 3.7),
  leadSeconds: 0,
  info: { frameRate: 2.5, variableFrameRate: true, durationSeconds: 4 },
};

const defaults = {
  resolution: 256,
  numFrames: 16,
  videoFps: 25,
  audioFeatLength: [2, 2],
  numInferenceSteps: 20,
  guidanceScale: 1.5,
  seed: 1247,
} as const;

/** The rows of a table: options, and the length for each length of speech; undefined where there is none. */
interface TableRow {
  options: string;
  lengths: (number | undefined)[];
}

const page = readFileSync(new URL('../docs/time.md', import.meta.url), 'utf8');
const [evenTable, unevenTable] = page.match(/(?:^\|.*\n?)+/gm)!.map((table): TableRow[] =>
  table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => {
      const [options, ...lengths] = line.split('|').slice(1, -1);
      return {
        options: options.replace(/`/g, '').trim(),
        lengths: lengths.map((length) => (length.trim() === '' ? undefined : Number(length))),
      };
    }),
);

async function secondsOf(source: TimelineSource, words: string, speechSeconds: number): Promise<number> {
  const given = ['sync', 'v.mp4', 'a.wav', '-o', 'o.mp4', ...words.split(' ').filter((word) => word !== '')];
  const request = await parseCommandLine(given, commands);
  if (request.kind !== 'run') throw new Error('not a command');
  const options = request.invocation.options as unknown as LipsyncOptions;
  checkLipsyncOptions(options);
  const settings = resolveLipsyncOptions(options, defaults);
  const melFrames = Math.floor((speechSeconds - settings.audioStartSeconds) * 100 + 1e-6);
  const timeline = new Timeline(source, {
    ...settings,
    speeches: settings.speeches.map((speech) => ({ ...speech, rows: featureRowCount(melFrames) })),
    fps: settings.reference ? 25 : settings.fps,
  });
  return Number(timeline.durationSeconds.toFixed(6));
}

describe.each([
  ['at a constant rate', even, evenTable],
  ['at uneven times', uneven, unevenTable],
])('the lengths of an output with frames %s', (_, source, rows) => {
  it('are those of the table', async () => {
    const found: TableRow[] = [];
    for (const { options, lengths } of rows) {
      const seconds: (number | undefined)[] = [];
      for (const [index, speech] of [2.5, 6.51].entries()) {
        seconds.push(lengths[index] === undefined ? undefined : await secondsOf(source, options, speech));
      }
      found.push({ options, lengths: seconds });
    }
    expect(found).toEqual(rows);
  });
});
