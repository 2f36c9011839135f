// Packet files: what is written comes back, and nothing of a damaged file.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byteDamages, damaged } from '../../test/support/damaged-bytes.ts';
import { TorchGenerator } from '../util/random.ts';
import { PacketFile, PacketFileWriter, type SegmentPacket } from './packet-file-node.ts';

const packets: SegmentPacket[] = Array.from({ length: 5 }, (_, index) => ({
  shown: index,
  decoded: index - 1,
  isKey: index === 0,
  data: Buffer.from([index, 0, 7, 0, 0]),
}));

let root: string;
let bytes: Buffer;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-packets-'));
  await writeFile(join(root, 'whole'), '');
  const writer = new PacketFileWriter(join(root, 'whole'));
  for (const packet of packets) {
    writer.addPicture(packet.shown / 4, 0.25);
    writer.addPacket(packet);
  }
  writer.finish();
  bytes = await readFile(join(root, 'whole'));
});
afterAll(() => rm(root, { recursive: true }));

describe('PacketFile', () => {
  it('gives back packets and times', async () => {
    await using file = await PacketFile.open(join(root, 'whole'));
    expect(file.pictureCount).toBe(5);
    expect(Array.from(file.times.subarray(0, 4))).toEqual([0, 0.25, 0.25, 0.25]);
    const read: SegmentPacket[] = [];
    for await (const packet of file.packets()) read.push(packet);
    expect(read).toEqual(packets);
  });

  it.each(byteDamages)('is refused when it was damaged (%s)', async (kind) => {
    const random = new TorchGenerator(1);
    for (let i = 0; i < 100; i++) {
      const damage = damaged(bytes, kind, random);
      if (damage.equals(bytes)) continue;
      await writeFile(join(root, 'damaged'), damage);
      await expect(PacketFile.open(join(root, 'damaged'))).rejects.toMatchObject({ code: 'journal-damaged' });
    }
  });
});
