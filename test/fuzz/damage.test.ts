// Damage to media files: the same from the same seed, at places that mean something, and past the checksums.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../../src/util/random.ts';
import { damage, damageKinds, writeField } from './damage.ts';
import type { Field } from './field.ts';
import { fieldsOf } from './fields.ts';
import { nestedElements } from './matroska-fields.ts';
import { nestedBoxes } from './mp4-fields.ts';
import { fixtureFiles } from './seed-files.ts';
import { oggChecksum } from './stream-fields.ts';

const fixtures = (await fixtureFiles()).map((path) => ({ name: basename(path), bytes: readFileSync(path) }));
const bytesOf = (name: string): Buffer => fixtures.find((file) => file.name === name)!.bytes;

function field(bytes: Buffer, name: string): Field {
  const found = fieldsOf(bytes).find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no field ${name}`);
  return found;
}

function numberAt(bytes: Buffer, { offset, length, littleEndian = false }: Field): number {
  return littleEndian ? bytes.readUIntLE(offset, length) : bytes.readUIntBE(offset, length);
}

describe('damage', () => {
  it('is the same from the same seed, leaves the file itself alone, and comes in all kinds', () => {
    const kinds = new Set<string>();
    for (const [index, { name, bytes }] of fixtures.entries()) {
      const before = crc32(bytes);
      for (let seed = 0; seed < 20; seed++) {
        const first = damage(bytes, new TorchGenerator(index * 20 + seed));
        const second = damage(bytes, new TorchGenerator(index * 20 + seed));
        expect(first.bytes.equals(second.bytes), `${name}, seed ${seed}`).toBe(true);
        expect(first.what).toBe(second.what);
        kinds.add(first.kind);
      }
      expect(crc32(bytes), name).toBe(before);
    }
    expect([...kinds].sort()).toEqual([...damageKinds].sort());
  });

  it('changes nearly every file', () => {
    const { bytes } = fixtures[0];
    const same = Array.from({ length: 200 }, (_, seed) => damage(bytes, new TorchGenerator(seed))).filter((damaged) =>
      damaged.bytes.equals(bytes),
    );
    expect(same.length).toBeLessThan(20); // a field may have had the absurd value before
  });
});

describe('the fields of', () => {
  it.each([
    ['almost-square-pixels.mp4', 'stsz.count', 25],
    ['phone-vfr.mp4', 'stsd.count', 1],
    ['browser-opus.webm', '9f', 1], // channels
    ['recording-cut-off.mkv', 'b0', 256], // width
    ['motion-jpeg.avi', 'avih+32', 256], // width
    ['sound.aiff', 'COMM+0', 1], // channels
    ['still.jpg', 'width', 256],
    ['animated.gif', 'screen+0', 160],
    ['flac-192k.flac', 'block.size', 34],
    ['h264.flv', 'tag.type', 18],
    ['voice-opus.ogg', 'page.flags', 2],
    ['damaged.m2t', 'packet.sync', 0x47],
  ])('%s have %s = %d', (name, fieldName, value) => {
    expect(numberAt(bytesOf(name), field(bytesOf(name), fieldName))).toBe(value);
  });

  it('every fixture lie inside it', () => {
    for (const { name, bytes } of fixtures) {
      const fields = fieldsOf(bytes);
      expect(fields.length, name).toBeGreaterThan(5);
      expect(fields.filter(({ offset, length }) => offset < 0 || length < 1 || offset + length > bytes.length)).toEqual(
        [],
      );
    }
  });

  it('an Ogg page leave its checksum right', () => {
    const bytes = Buffer.from(bytesOf('voice-opus.ogg'));
    const [first, second] = [0, bytes.indexOf('OggS', 1)];
    const stored = bytes.readUInt32LE(22);
    const serial = field(bytes, 'page.serial');
    serial.seal!(bytes);
    expect(bytes.readUInt32LE(22)).toBe(stored);
    writeField(bytes, serial, 1n);
    serial.seal!(bytes);
    const page = Buffer.from(bytes.subarray(first, second));
    page.writeUInt32LE(0, 22);
    expect(bytes.readUInt32LE(22)).toBe(oggChecksum(page));
    expect(bytes.readUInt32LE(22)).not.toBe(stored);
  });
});

describe('nesting', () => {
  it('puts boxes into one another after the first', () => {
    const bytes = bytesOf('anamorphic.mp4');
    const { offset, inserted } = nestedBoxes(bytes, 300)!;
    expect(offset).toBe(bytes.readUInt32BE(0));
    for (let level = 0; level < 300; level++) expect(inserted.readUInt32BE(8 * level)).toBe(8 * (300 - level));
    expect(nestedBoxes(bytesOf('sound.aiff'), 300)).toBeUndefined();
  });

  it('puts elements into one another at the start of a segment', () => {
    const { inserted } = nestedElements(bytesOf('browser-opus.webm'), 300)!;
    expect(inserted).toHaveLength(8 + 300 * 6);
    expect(inserted.readUInt32BE(4)).toBe(0x10000000 + 300 * 6);
    expect(inserted.readUInt32BE(inserted.length - 4)).toBe(0x10000000);
    expect(nestedElements(bytesOf('anamorphic.mp4'), 300)).toBeUndefined();
  });
});
