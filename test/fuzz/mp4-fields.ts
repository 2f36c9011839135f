// MP4 and QuickTime: box sizes, and the numbers in the tables that readers allocate by and compute with.
import { type Field, tagAt, wordsOf } from './field.ts';

const containers = [
  'moov',
  'trak',
  'mdia',
  'minf',
  'stbl',
  'edts',
  'udta',
  'moof',
  'traf',
  'mvex',
  'dinf',
  'ilst',
  'wave',
  'tref',
];

/** Tables: bytes before their count, and bytes of an entry. */
const tables: Readonly<Record<string, { before: number; entry: number }>> = {
  stsz: { before: 8, entry: 4 },
  stts: { before: 4, entry: 8 },
  ctts: { before: 4, entry: 8 },
  stsc: { before: 4, entry: 12 },
  stco: { before: 4, entry: 4 },
  co64: { before: 4, entry: 8 },
  stss: { before: 4, entry: 4 },
  elst: { before: 4, entry: 12 },
  stsd: { before: 4, entry: 4 },
  trun: { before: 4, entry: 8 },
  dref: { before: 4, entry: 12 },
};

/** Boxes of which every word is a field. */
const headers = [
  'mvhd',
  'tkhd',
  'mdhd',
  'tfhd',
  'tfdt',
  'trex',
  'mehd',
  'sidx',
  'hdlr',
  'pasp',
  'esds',
  'avcC',
  'hvcC',
  'colr',
  'dOps',
  'dac3',
  'alac',
];

/** Entries of a table that are fields; the others are like them. */
const ENTRIES = 4;
/** Bytes of a sample description in which sizes, rates and channels lie. */
const DESCRIPTION_BYTES = 96;

/** Returns the fields of an MP4 or QuickTime file; none of another. */
export function mp4Fields(bytes: Buffer): Field[] {
  if (!['ftyp', 'moov', 'mdat', 'wide', 'free'].includes(tagAt(bytes, 4))) return [];
  return boxesIn(bytes, 0, bytes.length);
}

function boxesIn(bytes: Buffer, start: number, end: number): Field[] {
  const fields: Field[] = [];
  for (let offset = start; offset + 8 <= end;) {
    const declared = bytes.readUInt32BE(offset);
    const size = declared === 0 ? end - offset : declared;
    if (size < 8 || offset + size > end) break;
    const type = tagAt(bytes, offset + 4);
    fields.push({ name: `${type}.size`, offset, length: 4 }, { name: `${type}.type`, offset: offset + 4, length: 4 });
    fields.push(...contentsOf(bytes, type, offset + 8, offset + size));
    offset += size;
  }
  return fields;
}

function contentsOf(bytes: Buffer, type: string, start: number, end: number): Field[] {
  if (containers.includes(type)) return boxesIn(bytes, start, end);
  if (headers.includes(type)) return wordsOf(type, start, end, false);
  if (!(type in tables)) return [];
  const { before, entry } = tables[type];
  const count = { name: `${type}.count`, offset: start + before, length: 4 };
  const firstEntry = start + before + 4;
  const entries = wordsOf(`${type}.entry`, firstEntry, Math.min(end, firstEntry + ENTRIES * entry), false);
  const head = wordsOf(type, start, firstEntry, false);
  const descriptions =
    type === 'stsd' ? wordsOf('stsd.entry', firstEntry, Math.min(end, firstEntry + DESCRIPTION_BYTES), false) : [];
  return [...Array.from({ length: ENTRIES }, () => count), ...head, ...entries, ...descriptions].filter(
    ({ offset, length }) => offset + length <= end,
  );
}

/** Returns boxes in one another, `depth` of them, and where in the file to put them. */
export function nestedBoxes(bytes: Buffer, depth: number): { offset: number; inserted: Buffer } | undefined {
  if (mp4Fields(bytes).length === 0) return undefined;
  const inserted = Buffer.alloc(8 * depth);
  for (let level = 0; level < depth; level++) {
    inserted.writeUInt32BE(8 * (depth - level), 8 * level);
    inserted.write(containers[level % containers.length], 8 * level + 4, 'latin1');
  }
  return { offset: tagAt(bytes, 4) === 'ftyp' ? bytes.readUInt32BE(0) : 0, inserted };
}
