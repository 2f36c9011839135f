// latentsync demo: the sample clip lip-synced to the sample speech, and a picture that shows frames before and after.
import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtimeOptions } from '../../runtime/runtime-options.ts';
import { printable } from '../../util/printable.ts';
import { defineCommand } from '../command.ts';
import { describeResult } from '../result-text.ts';

const samples = new URL('../../../samples/', import.meta.url);

export const demoCommand = defineCommand({
  description:
    'Writes presenter.mp4, and contact-sheet.png with frames of the clip in the upper row and the same frames of the ' +
    'result in the lower row.',
  positionals: [],
  options: {
    output: {
      type: 'path',
      group: 'Files',
      value: 'DIR',
      short: 'o',
      default: 'demo-output',
      text: 'Folder to write to.',
    },
    ...runtimeOptions,
  },
  examples: ['latentsync demo', 'latentsync demo -o /tmp/demo --device webgpu'],
  async run({ output: folder = 'demo-output', device, threads }, { report, signal }) {
    const { checkOutput } = await import('../../media/output-file-node.ts');
    const { pngFormat } = await import('../../media/png-node.ts');
    const { makeDirectory } = await import('../../hub/files-node.ts');
    const { LipsyncPipeline } = await import('../../pipelines/lipsync-pipeline-node.ts');
    const { writeContactSheet } = await import('../../evaluation/contact-sheet-node.ts');
    const video = fileURLToPath(new URL('presenter.mp4', samples));
    const output = join(folder, 'presenter.mp4');
    const contactSheet = join(folder, 'contact-sheet.png');
    const isNew = !existsSync(folder);
    await makeDirectory(folder, { remedy: 'Choose another folder with --output.' });
    try {
      await checkOutput(contactSheet, [], pngFormat);
      const audio = fileURLToPath(new URL('speech.wav', samples));
      const result = await LipsyncPipeline.run({
        video,
        audio,
        output,
        device,
        threads,
        signal,
        onProgress: report.onProgress,
      });
      await writeContactSheet(contactSheet, { before: video, after: output }, { signal });
      const text = `${describeResult(result)}\n${printable(contactSheet)}: frames before (above) and after (below).`;
      report.event('result', { ...result, contactSheet }, text);
    } catch (error) {
      if (isNew) await rmdir(folder).catch(() => undefined); // only when nothing is in it
      throw error;
    }
  },
});
