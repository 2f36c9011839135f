// Formats made of chunks: RIFF (WAV, AVI, WebP), AIFF, CAF, PNG, ASF and FLV: sizes, and the words of short chunks, which are headers.
import { crc32 } from 'node:zlib';
import { type Field, tagAt, wordsOf } from './field.ts';

/** Chunks up to this size are headers. */
const HEADER_BYTES = 128;

/** Returns the fields of a file of chunks; none of another. */
export function chunkFields(bytes: Buffer): Field[] {
  const tag = tagAt(bytes, 0);
  if (tag === 'RIFF' || tag === 'RF64') return riffChunks(bytes, 0, bytes.length, true);
  if (tag === 'FORM') return riffChunks(bytes, 0, bytes.length, false);
  if (tag === 'caff') return cafChunks(bytes);
  if (tag === '\x89PNG') return pngChunks(bytes);
  if (tag.startsWith('FLV')) return flvTags(bytes);
  return tag === '\x30\x26\xb2\x75' ? asfObjects(bytes, 0, bytes.length) : [];
}

function riffChunks(bytes: Buffer, start: number, end: number, littleEndian: boolean): Field[] {
  const fields: Field[] = [];
  for (let offset = start; offset + 8 <= end;) {
    const tag = tagAt(bytes, offset);
    const size = littleEndian ? bytes.readUInt32LE(offset + 4) : bytes.readUInt32BE(offset + 4);
    const contents = offset + 8;
    const next = Math.min(end, contents + size + (size & 1));
    fields.push({ name: `${tag}.size`, offset: offset + 4, length: 4, littleEndian });
    if (['RIFF', 'RF64', 'LIST', 'FORM'].includes(tag))
      fields.push(...riffChunks(bytes, contents + 4, next, littleEndian));
    else if (size <= HEADER_BYTES) fields.push(...wordsOf(tag, contents, next, littleEndian));
    offset = next;
  }
  return fields;
}

function cafChunks(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const tag = tagAt(bytes, offset);
    const size = Number(bytes.readBigInt64BE(offset + 4));
    if (size < 0) break;
    fields.push({ name: `${tag}.size`, offset: offset + 4, length: 8 });
    const end = Math.min(bytes.length, offset + 12 + size);
    if (size <= HEADER_BYTES) fields.push(...wordsOf(tag, offset + 12, end, false));
    offset = end;
  }
  return fields;
}

function pngChunks(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const tag = tagAt(bytes, offset + 4);
    const end = offset + 8 + bytes.readUInt32BE(offset);
    if (end + 4 > bytes.length) break;
    const from = offset + 4;
    const seal = (damaged: Buffer): void => {
      damaged.writeUInt32BE(crc32(damaged.subarray(from, end)), end);
    };
    fields.push({ name: `${tag}.size`, offset, length: 4 });
    if (end - from <= HEADER_BYTES)
      fields.push(...wordsOf(tag, from + 4, end, false).map((word) => ({ ...word, seal })));
    offset = end + 4;
  }
  return fields;
}

function flvTags(bytes: Buffer): Field[] {
  const fields: Field[] = wordsOf('header', 0, 8, false);
  for (let offset = 13; offset + 11 <= bytes.length;) {
    const size = bytes.readUIntBE(offset + 1, 3);
    fields.push(
      { name: 'tag.type', offset, length: 1 },
      { name: 'tag.size', offset: offset + 1, length: 3 },
      { name: 'tag.time', offset: offset + 4, length: 4 },
      { name: 'tag.codec', offset: offset + 11, length: 2 },
    );
    offset += 11 + size + 4;
  }
  return fields.filter(({ offset, length }) => offset + length <= bytes.length);
}

const ASF_HEADER = '3026b275';
const ASF_HEADER_EXTENSION = 'b503bf5f';

function asfObjects(bytes: Buffer, start: number, end: number): Field[] {
  const fields: Field[] = [];
  for (let offset = start; offset + 24 <= end;) {
    const id = bytes.toString('hex', offset, offset + 4);
    const size = Number(bytes.readBigUInt64LE(offset + 16));
    if (size < 24 || offset + size > end) break;
    fields.push({ name: `${id}.size`, offset: offset + 16, length: 8, littleEndian: true });
    const next = offset + size;
    if (id === ASF_HEADER) fields.push(...asfObjects(bytes, offset + 30, next));
    else if (id === ASF_HEADER_EXTENSION) fields.push(...asfObjects(bytes, offset + 46, next));
    else fields.push(...wordsOf(id, offset + 24, Math.min(next, offset + 24 + HEADER_BYTES), true));
    offset = next;
  }
  return fields;
}
