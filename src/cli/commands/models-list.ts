// latentsync models list: the known models, and which of them are on this machine.
import { formatBytes } from '../../hub/format-bytes.ts';
import type { ModelState } from '../../hub/model-state-node.ts';
import { defineCommand } from '../command.ts';
import { table } from '../text-layout.ts';

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
  positionals: [],
  options: {},
  examples: ['latentsync models list'],
  async run(_, { report }) {
    const { listModels } = await import('../../hub/model-state-node.ts');
    const models = await listModels();
    const fields = models.map(({ model, state, directory, bytes, totalBytes, files }) => ({
      name: model.name,
      description: model.description,
      resolution: model.kind === 'autoencoder' ? undefined : model.resolution,
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
