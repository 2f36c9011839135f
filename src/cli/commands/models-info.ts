// latentsync models info: what is in a checkpoint file.
import type { CheckpointDescription } from '../../checkpoint/describe-checkpoint.ts';
import { formatBytes } from '../../hub/format-bytes.ts';
import { printable } from '../../util/printable.ts';
import { defineCommand } from '../command.ts';
import { table } from '../text-layout.ts';

const LONGEST_VALUE = 200;

function shortened(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)} … (${text.length} characters)`;
}

/** Returns a description for people. */
function describe({ name, format, tensors, ...rest }: CheckpointDescription): string {
  const { totalParameters, totalBytes, architecture, metadata } = rest;
  const rows = tensors.map(({ key, dtype, shape, bytes }) => [key, dtype, `[${shape.join(', ')}]`, formatBytes(bytes)]);
  const lines = [
    `${printable(name)} (${format})`,
    '',
    table([['tensor', 'type', 'shape', 'size'], ...rows], { right: [3] }),
    '',
    `${tensors.length} tensors, ${totalParameters.toLocaleString('en')} parameters, ${formatBytes(totalBytes)}`,
  ];
  for (const [key, value] of Object.entries(metadata)) lines.push(`Metadata: ${key} = ${shortened(value)}`);
  if (architecture) {
    const { architecture: network, variant, configuration } = architecture;
    lines.push(`Architecture: ${network}${variant === undefined ? '' : `, ${variant}`}`);
    const settings = Object.entries(configuration).filter(([, value]) => value !== undefined);
    lines.push(table(settings.map(([key, value]) => [`  ${key}`, JSON.stringify(value)])));
  } else lines.push('Architecture: not one that is known here');
  return lines.join('\n');
}

export const modelsInfoCommand = defineCommand({
  description:
    'Lists the tensors of a safetensors or PyTorch file (zip or legacy), and says which network it belongs to. Nothing in the ' +
    'file is executed.',
  positionals: ['file'],
  options: {
    file: {
      type: 'path',
      group: 'Files',
      value: 'FILE',
      required: true,
      text: 'Checkpoint: .safetensors, .pt, .pth, .ckpt, .bin, or .model.',
    },
  },
  examples: ['latentsync models info latentsync_unet.pt', 'latentsync models info vae.safetensors --json'],
  async run({ file }, { report }) {
    const { describeCheckpointFile } = await import('../../checkpoint/checkpoint-file-node.ts');
    const description = await describeCheckpointFile(file);
    report.event('result', description, describe(description));
  },
});
