// latentsync bench: how fast this machine is, and how much memory a job takes, against the figures that the project promises.
import { benchmarkOptions } from '../../benchmark/benchmark-options.ts';
import { meetsBound } from '../../util/figure.ts';
import { defineCommand } from '../command.ts';
import { CheckFailedError } from '../errors.ts';
import { figureHeading, figureLine } from '../figure-table.ts';

export const benchCommand = defineCommand({
  description:
    'Rates of networks are shown next to the rate of a plain 2048×2048×2048 matrix product, computed where they run, so that figures ' +
    'from different machines can be compared. "startup" is the time of --help and --version as a multiple of what Node needs to ' +
    'do nothing. "vae" compares the official autoencoder with the tiny one, at 256×256 pixels and with random weights. "unet" is the UNet of the official size with random weights; it takes several minutes. ' +
    '"presets" measures its passes and says what a window takes with each preset. ' +
    '"sync" lip-syncs clips of 10 and 100 seconds. The exit status is 3 when a promised figure is missed. Close other ' +
    'programs first: figures depend on an idle machine.',
  positionals: [],
  options: benchmarkOptions,
  examples: ['latentsync bench', 'latentsync bench --only vision,whisper', 'latentsync bench --only unet --json'],
  async run(options, { report, signal }) {
    const { runBenchmarks } = await import('../../benchmark/run-benchmarks-node.ts');
    report.event('start', options, figureHeading);
    const missed: string[] = [];
    for await (const result of runBenchmarks({ ...options, signal, onProgress: report.onProgress })) {
      const met = meetsBound(result);
      if (met === false) missed.push(result.name);
      report.event('figure', { ...result, met }, figureLine(result, met));
    }
    report.event('result', { missed }, missed.length === 0 ? 'All promised figures are met.' : '');
    if (missed.length > 0) {
      throw new CheckFailedError(`Missed: ${missed.join(', ')}.\nClose other programs and try again.`);
    }
  },
});
