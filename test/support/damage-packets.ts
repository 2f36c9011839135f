// Damage to chosen packets of a media file, so that it is known which pictures or sounds are lost.
import { readFile, writeFile } from 'node:fs/promises';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';

/** Which packets are damaged, and how. */
export interface PacketDamage {
  kind: 'video' | 'audio';
  /** Whether a packet is damaged, by its number in the order of the file. */
  isDamaged: (index: number) => boolean;
  /** Changes the bytes of a packet. Default: all are 0xff but for the first four, which tell MP4 the length. */
  change?: (packet: Buffer) => void;
}

/** Copies a file with damage. Its packets must lie in it as a whole. */
export async function damagePackets(from: string, to: string, damage: PacketDamage): Promise<void> {
  const { kind, isDamaged, change = (packet: Buffer) => packet.fill(0xff, 4) } = damage;
  const bytes = await readFile(from);
  using input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  const track = kind === 'video' ? await input.getPrimaryVideoTrack() : await input.getPrimaryAudioTrack();
  const damaged = Buffer.from(bytes);
  let position = 0;
  let index = 0;
  for await (const { data } of new EncodedPacketSink(track!).packets()) {
    const start = bytes.indexOf(data, position);
    if (start < 0) throw new Error(`packet ${index} of ${from} is in parts`);
    position = start + data.length;
    if (isDamaged(index++)) change(damaged.subarray(start, position));
  }
  await writeFile(to, damaged);
}
