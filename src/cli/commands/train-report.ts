// latentsync train report: how well a model does on people and voices that it never saw, against the figures that are promised.
import type { ModelReport, ReportOptions } from '../../training/report/report-model-node.ts';
import { meetsBound } from '../../util/figure.ts';
import { defineCommand } from '../command.ts';
import { CheckFailedError, UsageError } from '../errors.ts';
import { figureHeading, figureLine, figureNumber } from '../figure-table.ts';
import { formatSeconds } from '../progress-text.ts';
import { deviceOption, jsonOption, modelOption, threadsOption } from './shared-options.ts';

function parts(text: string | undefined): string[] | undefined {
  return text?.split(',').map((part) => part.trim());
}

function stepNumbers(text: string | undefined): number[] | undefined {
  return parts(text)?.map((part) => {
    if (!/^\d+$/.test(part)) throw new UsageError(`--steps takes whole numbers, separated by commas (got ${text}).`);
    return Number(part);
  });
}

function syncNetFiles(weights: string | undefined, config: string | undefined): ReportOptions['syncnet'] {
  if (weights !== undefined && config !== undefined) return { weights, config };
  if (weights === undefined && config === undefined) return undefined;
  throw new UsageError('--syncnet and --syncnet-config go together: the weights, and the recipe they were trained by.');
}

function describe({ figures, clips, missed, elapsedSeconds }: ModelReport): string {
  const lines = figures.map((figure) => {
    const line = figureLine(figure, meetsBound(figure));
    return figure.originals === undefined ? line : `${line}  (clips as they are: ${figureNumber(figure.originals)})`;
  });
  const end = missed.length === 0 ? 'All promised figures are met.' : `${missed.length} of them are missed.`;
  return [
    figureHeading,
    ...lines,
    `${figures.length} figures, on ${clips.length} clips, in ${formatSeconds(elapsedSeconds)}. ${end}`,
  ].join('\n');
}

export const trainReportCommand = defineCommand({
  name: 'train report',
  summary: 'Measure a model on people and voices that it never saw.',
  description:
    'Draws every clip with the sound of the next one, and measures by the face mesh whether the mouth does what that sound ' +
    'asks for ("opening", "lips", "silence", "width") and nothing of what the picture showed ("opening.wrong-sound"); and ' +
    'with its own sound, which tells what the drawing loses in the mouth\'s region ("own-sound"). With --speech, natural ' +
    'speech drives faces too, and the opening is compared with the loudness; with --syncnet, a StableSyncNet says which lips ' +
    'and sound belong together ("sync"). Figures are means over the clips; beside them stands what the clips as they are ' +
    'would get. The exit status is 3 when a promised figure is missed.',
  arguments: {},
  options: {
    data: {
      kind: 'text',
      value: 'DIR',
      required: true,
      help: 'Folder of the clips, made by "train data" with --held-out.',
    },
    model: modelOption,
    clips: { kind: 'number', value: 'N', help: 'Take the first so many clips, 2 to 1000. Default: 20.' },
    steps: {
      kind: 'text',
      value: 'NUMBERS',
      help:
        'Denoising steps, separated by commas: the figures are those of the first, and how much that loses against each of ' +
        "the others on five clips. Default: the model's, and 50.",
    },
    speech: {
      kind: 'text',
      value: 'FILES',
      help: 'Recordings of natural speech, separated by commas; the first 10 seconds of each count.',
    },
    syncnet: {
      kind: 'text',
      value: 'FILE',
      help: 'Weights of a StableSyncNet, as "train syncnet" makes them.',
    },
    'syncnet-config': { kind: 'text', value: 'FILE', help: 'Configuration file that it was trained by.' },
    output: { kind: 'text', value: 'DIR', short: 'o', help: 'Folder for report.json and contact-sheet.png.' },
    device: deviceOption,
    threads: threadsOption,
    json: jsonOption,
  },
  examples: [
    'latentsync train report --data clips/held-out',
    'latentsync train report --data clips/held-out --clips 4 --steps 10 --speech talk.wav,story.mp3 -o report',
    'latentsync train report --data clips/held-out --syncnet runs/syncnet/weights.safetensors ' +
      '--syncnet-config models/tiny/training/syncnet.yaml',
  ],
  async run({ options }, { report, signal }) {
    const settings: ReportOptions = {
      data: options.data,
      model: options.model,
      clips: options.clips,
      steps: stepNumbers(options.steps),
      speech: parts(options.speech),
      syncnet: syncNetFiles(options.syncnet, options['syncnet-config']),
      output: options.output,
      device: options.device,
      threads: options.threads,
      signal,
      onProgress: report.onProgress,
    };
    const { reportModel } = await import('../../training/report/report-model-node.ts');
    const result = await reportModel(settings);
    report.event('result', result, describe(result));
    if (!result.heldOut) {
      report.note(
        'Clips of people that training knows: what is promised is promised for those of "train data --held-out".',
      );
    }
    if (result.missed.length > 0) throw new CheckFailedError(`Missed: ${result.missed.join(', ')}.`);
  },
});
