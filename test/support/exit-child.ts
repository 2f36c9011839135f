// A process of its own that exits in the middle of writing files of every kind: `exit-child.ts FOLDER`; it prints what was there.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TemporaryFolder } from '../../src/util/temporary-paths-node.ts';
import { WholeFile, writeWholeFile } from '../../src/util/whole-file-node.ts';

const [folder] = process.argv.slice(2);

const done = await WholeFile.create(join(folder, 'done.mp4'));
await done.write(Buffer.from('whole'));
await done.commit();

const video = await WholeFile.create(join(folder, 'video.mp4'));
await video.write(Buffer.from('half a video'));
await TemporaryFolder.create('temporary-', folder);
await writeWholeFile(join(folder, 'weights.safetensors'), async (file) => {
  await file.write(Buffer.from('half a file'));
  process.stdout.write(`${readdirSync(folder).length}\n`, () => process.exit(130));
  await new Promise(() => undefined);
});
