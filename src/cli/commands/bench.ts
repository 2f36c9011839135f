// latentsync bench: how fast this machine is, and how much memory a job takes, against the figures that the project promises.
import { meetsBound } from '../../util/figure.ts';
import { defineCommand } from '../command.ts';
import { CheckFailedError } from '../errors.ts';
import { figureHeading, figureLine } from '../figure-table.ts';
import { deviceOption, jsonOption } from './shared-options.ts';

export const benchCommand = defineCommand({
  name: 'bench',
  summary: 'Measure speed and memory on this machine.',
  description:
    'Rates of networks are given beside the rate of a plain 2048×2048×2048 product in the same run, computed where they ' +
    'run, so that figures of different machines compare. "startup" is the time of --help and --version as a multiple ' +
    'of what Node needs to do nothing. "unet" is the UNet of the official size with random weights: it takes some minutes, ' +
    '6.5 GB of memory and 5 GB of disk. "sync" lip-syncs clips of 10 and of 100 seconds. The exit status is 3 when a ' +
    'promised figure is missed; close other programs before you believe one.',
  arguments: {},
  options: {
    only: {
      kind: 'text',
      value: 'NAMES',
      help: 'Which to run, separated by commas: startup, vision, whisper, sync, unet. Default: all.',
    },
    device: deviceOption,
    json: jsonOption,
  },
  examples: ['latentsync bench', 'latentsync bench --only vision,whisper', 'latentsync bench --only unet --json'],
  async run({ options: { only, device } }, { report, signal }) {
    const { runBenchmarks } = await import('../../benchmark/run-benchmarks-node.ts');
    const names = only?.split(',').map((name) => name.trim());
    report.event('start', { only: names, device }, figureHeading);
    const missed: string[] = [];
    const options = { only: names, device, signal, onProgress: report.onProgress };
    for await (const result of runBenchmarks(options)) {
      const met = meetsBound(result);
      if (met === false) missed.push(result.name);
      report.event('figure', { ...result, met }, figureLine(result, met));
    }
    report.event('result', { missed }, missed.length === 0 ? 'All promised figures are met.' : '');
    if (missed.length > 0) {
      throw new CheckFailedError(
        `Missed: ${missed.join(', ')}.\nClose other programs and run it again; figures depend on an idle machine.`,
      );
    }
  },
});
