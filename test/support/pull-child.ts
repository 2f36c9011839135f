// A process of its own that downloads a model: `pull-child.ts DEFINITION.json CACHE`; it prints the bytes received, a line for each report.
import { readFile } from 'node:fs/promises';
import type { DownloadableModel } from '../../src/hub/model-registry.ts';
import { pullModel } from '../../src/hub/pull-model-node.ts';

const [definition, cache] = process.argv.slice(2);
const model = JSON.parse(await readFile(definition, 'utf8')) as DownloadableModel;
await pullModel(model, {
  cache,
  onProgress: ({ stage, done }) => {
    process.stdout.write(`${stage} ${done}\n`);
  },
});
process.stdout.write('finished\n');
