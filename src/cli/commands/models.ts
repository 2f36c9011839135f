// latentsync models list, pull, info: what is on this machine, getting more, and looking into a checkpoint.
import type { CheckpointDescription } from '../../checkpoint/describe-checkpoint.ts';
import { formatBytes } from '../../hub/format-bytes.ts';
import { listModels, type ModelState } from '../../hub/model-state-node.ts';
import { printable } from '../../util/printable.ts';
import { defineCommand } from '../command.ts';
import { formatSeconds } from '../progress-text.ts';
import { table } from '../text-layout.ts';
import { jsonOption } from './shared-options.ts';

function stateText({ state, bytes, totalBytes }: ModelState): string {
  switch (state) {
    case 'embedded':
      return 'comes with the package';
    case 'complete':
      return `downloaded, ${formatBytes(totalBytes)}`;
    case 'partial':
      return `${formatBytes(bytes)} of ${formatBytes(totalBytes)} downloaded`;
    case 'absent':
      return `not downloaded, ${formatBytes(totalBytes)}`;
  }
}

export const modelsListCommand = defineCommand({
  name: 'models list',
  summary: 'Show the models known by name, and which of them are on this machine.',
  arguments: {},
  options: { json: jsonOption },
  examples: ['latentsync models list'],
  async run(_, { report }) {
    const models = await listModels();
    const fields = models.map(({ model, state, directory, bytes, totalBytes, files }) => ({
      name: model.name,
      description: model.description,
      resolution: model.resolution,
      state,
      directory,
      bytes,
      totalBytes,
      files: files.map(({ file, path, state: fileState, bytes: fileBytes }) => ({
        path,
        part: file.part,
        state: fileState,
        bytes: fileBytes,
        size: file.size,
      })),
    }));
    const rows = models.map((model) => [
      model.model.name,
      model.model.description,
      stateText(model),
      model.state === 'complete' || model.state === 'partial' ? (model.directory ?? '') : '',
    ]);
    report.event('result', { models: fields }, table([['model', 'description', 'state', 'folder'], ...rows]));
  },
});

export const modelsPullCommand = defineCommand({
  name: 'models pull',
  summary: 'Download a model, or verify one that is there.',
  description:
    'An interrupted download goes on where it stopped; every file is verified by its sha256. ' +
    'The files go to the cache directory, which LATENTSYNC_HOME names.',
  arguments: { name: { name: 'NAME', help: '1.5 (256×256 pixels) or 1.6 (512×512 pixels); each about 5.5 GB.' } },
  options: { json: jsonOption },
  examples: ['latentsync models pull 1.6', 'HF_ENDPOINT=https://mirror.example latentsync models pull 1.5'],
  async run({ inputs: { name } }, { report, signal }) {
    const { pullModel } = await import('../../hub/pull-model-node.ts');
    const directory = await pullModel(name, {
      retry: {
        onRetry: (retry) => {
          const text = `Trying again in ${formatSeconds(Math.ceil(retry.seconds))}: ${retry.reason}.`;
          report.notice('retry', retry, text);
        },
      },
      signal,
      onProgress: report.onProgress,
    });
    const text =
      directory === undefined
        ? `Model ${name} comes with the package; there is nothing to download.`
        : `Model ${name} is complete, in ${directory}.\nUse it with --model ${name}.`;
    report.event('result', { model: name, directory }, text);
  },
});

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
  name: 'models info',
  summary: 'Show the tensors of a checkpoint file, and which network it belongs to.',
  description: 'Reads safetensors and PyTorch files (zip and legacy) without running anything that is in them.',
  arguments: { file: { name: 'FILE', help: 'Checkpoint: .safetensors, .pt, .pth, .ckpt, .bin or .model.' } },
  options: { json: jsonOption },
  examples: ['latentsync models info latentsync_unet.pt', 'latentsync models info vae.safetensors --json'],
  async run({ inputs: { file } }, { report }) {
    const { describeCheckpointFile } = await import('../describe-checkpoint-file.ts');
    const description = await describeCheckpointFile(file);
    report.event('result', description, describe(description));
  },
});
