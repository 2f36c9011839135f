// Matroska and WebM (EBML): the size of every element, and every short value.
import type { Field } from './field.ts';

/** Elements that hold others: EBML, Segment, SeekHead, Seek, Info, Tracks, TrackEntry, Video, Audio, Colour, Cues, CuePoint, CueTrackPositions, Cluster, BlockGroup, Tags, Tag, SimpleTag. */
const containers = [
  0x1a45dfa3, 0x18538067, 0x114d9b74, 0x4dbb, 0x1549a966, 0x1654ae6b, 0xae, 0xe0, 0xe1, 0x55b0, 0x1c53bb6b, 0xbb, 0xb7,
  0x1f43b675, 0xa0, 0x1254c367, 0x7373, 0x67c8,
];
const SIMPLE_TAG = 0x67c8;
const TAGS = 0x1254c367;
const SEGMENT = 0x18538067;
const LONGEST_VALUE = 8;

/** Returns the fields of a Matroska or WebM file; none of another. */
export function matroskaFields(bytes: Buffer): Field[] {
  if (bytes.length < 8 || bytes.readUInt32BE(0) !== 0x1a45dfa3) return [];
  return elementsIn(bytes, 0, bytes.length);
}

function elementsIn(bytes: Buffer, start: number, end: number): Field[] {
  const fields: Field[] = [];
  for (let offset = start; offset < end;) {
    const element = elementAt(bytes, offset, end);
    if (!element) break;
    const { id, sizeOffset, contents, length } = element;
    const name = id.toString(16);
    const contentsEnd = Math.min(end, contents + length);
    fields.push({ name: `${name}.size`, offset: sizeOffset, length: contents - sizeOffset });
    if (containers.includes(id)) fields.push(...elementsIn(bytes, contents, contentsEnd));
    else if (length > 0 && length <= LONGEST_VALUE) fields.push({ name, offset: contents, length });
    else if (length > 4) fields.push({ name: `${name}.head`, offset: contents, length: 4 }); // of a block: track, time
    offset = contentsEnd;
  }
  return fields.filter(
    ({ offset, length }) => length > 0 && length <= LONGEST_VALUE && offset + length <= bytes.length,
  );
}

function elementAt(
  bytes: Buffer,
  offset: number,
  end: number,
): { id: number; sizeOffset: number; contents: number; length: number } | undefined {
  const idLength = Math.clz32(bytes[offset]) - 23;
  const sizeOffset = offset + idLength;
  if (idLength > 4 || sizeOffset >= end) return undefined;
  const sizeLength = Math.clz32(bytes[sizeOffset]) - 23;
  if (sizeLength > 8 || sizeOffset + sizeLength > end) return undefined;
  const id = bytes.readUIntBE(offset, idLength);
  let length = bytes[sizeOffset] & (0xff >> sizeLength);
  let isUnknown = length === 0xff >> sizeLength;
  for (let index = 1; index < sizeLength; index++) {
    length = length * 256 + bytes[sizeOffset + index];
    isUnknown &&= bytes[sizeOffset + index] === 0xff;
  }
  const contents = sizeOffset + sizeLength;
  return { id, sizeOffset, contents, length: isUnknown ? end - contents : length };
}

/** Returns tags in one another, `depth` of them, and where in the file to put them. */
export function nestedElements(bytes: Buffer, depth: number): { offset: number; inserted: Buffer } | undefined {
  if (matroskaFields(bytes).length === 0) return undefined;
  let inserted = Buffer.alloc(0);
  for (let level = 0; level <= depth; level++) {
    const id = level === depth ? TAGS : SIMPLE_TAG;
    const head = Buffer.alloc(id > 0xffff ? 8 : 6);
    head.writeUIntBE(id, 0, head.length - 4);
    head.writeUInt32BE((0x10000000 | inserted.length) >>> 0, head.length - 4);
    inserted = Buffer.concat([head, inserted]);
  }
  for (let offset = 0; offset < bytes.length;) {
    const element = elementAt(bytes, offset, bytes.length);
    if (!element) return undefined;
    if (element.id === SEGMENT) return { offset: element.contents, inserted };
    offset = element.contents + element.length;
  }
  return undefined;
}
