// A process of its own that exits in the middle of writing files of every kind: `exit-child.ts FOLDER`; it prints what was there.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../../src/checkpoint/file-sink-node.ts';
import { PartialFile } from '../../src/media/output-file-node.ts';
import { TemporaryFolder } from '../../src/util/temporary-paths-node.ts';

const [folder] = process.argv.slice(2);

const done = await PartialFile.create(join(folder, 'done.mp4'));
await done.write(Buffer.from('whole'), 0);
await done.commit();

const video = await PartialFile.create(join(folder, 'video.mp4'));
await video.write(Buffer.from('half a video'), 0);
await TemporaryFolder.create('temporary-', folder);
await writeFileAtomically(join(folder, 'weights.safetensors'), async (sink) => {
  await sink.write(Buffer.from('half a file'));
  process.stdout.write(`${readdirSync(folder).length}\n`, () => process.exit(130));
  await new Promise(() => undefined);
});
