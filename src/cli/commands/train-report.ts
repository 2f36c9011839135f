// latentsync train report: how well a model does on people and voices that it has never seen, against the figures that are promised.
import type { ModelReport } from '../../training/report/report-model-node.ts';
import { reportOptions } from '../../training/report/report-options.ts';
import { meetsBound } from '../../util/figure.ts';
import { defineCommand } from '../command.ts';
import { CheckFailedError } from '../errors.ts';
import { figureHeading, figureLine, figureNumber } from '../figure-table.ts';
import { formatSeconds } from '../progress-text.ts';

function describe({ figures, clips, voices, missed, elapsedSeconds }: ModelReport): string {
  const lines = figures.map((figure) => {
    const line = figureLine(figure, meetsBound(figure));
    if (figure.originals !== undefined) return `${line}  (clips as they are: ${figureNumber(figure.originals)})`;
    return figure.asked === undefined ? line : `${line}  (the mouth asked for: ${figureNumber(figure.asked)})`;
  });
  const spoken = voices.map(
    ({ voice, clips: count, correlation, closed, closures }) =>
      `Voice ${voice}, on ${count} clips: opening ${figureNumber(correlation)}, lips closed in ${closed} of ${closures} p b m`,
  );
  const end =
    missed.length === 0
      ? 'All promised figures are met.'
      : `${missed.length} of them ${missed.length === 1 ? 'is' : 'are'} missed.`;
  return [
    figureHeading,
    ...lines,
    ...spoken,
    `${figures.length} figures, on ${clips.length} clips, in ${formatSeconds(elapsedSeconds)}. ${end}`,
  ].join('\n');
}

export const trainReportCommand = defineCommand({
  description:
    'Redraws every clip with the sound of the next one, and measures by the face mesh whether the mouth does what that sound ' +
    'asks for ("opening", "lips", "silence", "width") rather than what the original picture showed ("opening.wrong-sound"). ' +
    'Also redraws it with its own sound, which shows what drawing loses around the mouth ("own-sound"), and, where flite and ' +
    'festival are installed, with a voice made from recordings of a person ("voices"). With --speech, natural ' +
    'speech drives faces too, and the opening is compared with the loudness. With --syncnet, a StableSyncNet judges whether lips ' +
    'and sound belong together ("sync"). Figures are means over the clips, shown next to those of the unchanged clips. ' +
    'The exit status is 3 when a promised figure is missed.',
  positionals: [],
  options: {
    ...reportOptions,
    data: { ...reportOptions.data, text: 'Folder of the clips, made by "train data" with --held-out.' },
    syncnet: {
      ...reportOptions.syncnet,
      text: 'Weights of a StableSyncNet, made by "train syncnet", to judge whether lips and sound belong together.',
    },
  },
  examples: [
    'latentsync train report --data clips/held-out',
    'latentsync train report --data clips/held-out --clips 4 --steps 10 --speech talk.wav,story.mp3 -o report',
    'latentsync train report --data clips/held-out --syncnet runs/syncnet/weights.safetensors ' +
      '--syncnet-recipe models/tiny/training/syncnet.yaml',
  ],
  async run(options, { report, signal }) {
    const { reportModel } = await import('../../training/report/report-model-node.ts');
    const result = await reportModel({ ...options, signal, onProgress: report.onProgress });
    report.event('result', result, describe(result));
    if (result.missingVoices.length > 0) {
      report.note(
        `Not measured: the voices ${result.missingVoices.join(' and ')}, which are not installed. ` +
          `On Debian and Ubuntu, install the packages ${result.missingPackages.join(' ')}.`,
      );
    }
    if (!result.heldOut) {
      report.note(
        'Training may have seen these people. The promised figures apply to clips made by "train data --held-out".',
      );
    }
    if (result.missed.length > 0) throw new CheckFailedError(`Missed: ${result.missed.join(', ')}.`);
  },
});
