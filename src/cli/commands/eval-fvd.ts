// latentsync eval fvd: how far apart the videos of two folders are.
import { frechetVideoOptions } from '../../evaluation/official-options.ts';
import { defineCommand } from '../command.ts';

export const evalFvdCommand = defineCommand({
  description:
    'The Fréchet distance of what I3D sees in the faces of sixteen frames of each video, from frame 20 on. 0 is the same; the scale means little ' +
    'by itself, and figures of different numbers of videos do not compare. "models pull 1.6 --part evaluation" downloads the weights.',
  positionals: ['first', 'second'],
  options: {
    first: {
      type: 'path',
      group: 'Files',
      value: 'DIR',
      required: true,
      text: 'Folder with videos, such as real ones.',
    },
    second: {
      type: 'path',
      group: 'Files',
      value: 'DIR',
      required: true,
      text: 'Folder with others, such as drawn ones.',
    },
    ...frechetVideoOptions,
  },
  examples: ['latentsync eval fvd real drawn', 'latentsync eval fvd real drawn --reference --i3d i3d_torchscript.pt'],
  async run({ first, second, ...options }, { report, signal }) {
    const { frechetVideoDistance } = await import('../../evaluation/frechet-video-node.ts');
    const { onProgress } = report;
    const result = await frechetVideoDistance(first, second, { ...options, signal, onProgress });
    const { distance, videos, leftOut } = result;
    const lines = [
      `FVD ${distance.toFixed(2)}, of ${videos.join(' and ')} videos`,
      ...leftOut.map(({ reason }) => `Left out: ${reason}`),
    ];
    report.event('result', result, lines.join('\n'));
  },
});
