// Formats without an index: Ogg pages, transport packets, and the headers of FLAC, MP3, AAC, MPEG, JPEG and GIF.
import { type Field, tagAt, wordsOf } from './field.ts';

/** Returns the fields of a stream; none of another file. */
export function streamFields(bytes: Buffer): Field[] {
  const tag = tagAt(bytes, 0);
  if (tag === 'OggS') return oggPages(bytes);
  if (tag === 'fLaC') return flacBlocks(bytes);
  if (tag.startsWith('GIF8')) return gifBlocks(bytes);
  if (bytes.readUInt16BE(0) === 0xffd8) return jpegSegments(bytes);
  if (bytes[0] === 0x47 && bytes[188] === 0x47) return transportPackets(bytes);
  if (tag.startsWith('ID3') || bytes.readUInt16BE(0) >= 0xffe0) return [...id3Tag(bytes), ...soundFrames(bytes)];
  return bytes.readUIntBE(0, 3) === 1 || bytes.readUInt32BE(0) === 1 ? startCodes(bytes) : [];
}

function oggPages(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let offset = bytes.indexOf('OggS'); offset >= 0 && offset + 27 <= bytes.length;) {
    const segments = bytes[offset + 26];
    const contents = offset + 27 + segments;
    const end = Math.min(
      bytes.length,
      bytes.subarray(offset + 27, contents).reduce((sum, length) => sum + length, contents),
    );
    const page = offset;
    const seal = (damaged: Buffer): void => {
      damaged.writeUInt32LE(0, page + 22);
      damaged.writeUInt32LE(oggChecksum(damaged.subarray(page, end)), page + 22);
    };
    fields.push(
      ...[
        { name: 'page.flags', offset: offset + 5, length: 1 },
        { name: 'page.granule', offset: offset + 6, length: 8, littleEndian: true },
        { name: 'page.serial', offset: offset + 14, length: 4, littleEndian: true },
        { name: 'page.sequence', offset: offset + 18, length: 4, littleEndian: true },
        { name: 'page.segments', offset: offset + 26, length: 1 },
        { name: 'page.lacing', offset: offset + 27, length: 1 },
        ...wordsOf('packet', contents, Math.min(end, contents + 64), true),
      ].map((field) => ({ ...field, seal })),
    );
    offset = bytes.indexOf('OggS', contents);
  }
  return fields.filter(({ offset, length }) => offset + length <= bytes.length);
}

/** Checksum of a page: CRC-32 with the polynomial 0x04c11db7, not reflected, from 0 (RFC 3533). */
export function oggChecksum(page: Uint8Array): number {
  let crc = 0;
  for (const byte of page) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

function flacBlocks(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let offset = 4; offset + 4 <= bytes.length;) {
    const size = bytes.readUIntBE(offset + 1, 3);
    fields.push({ name: 'block.type', offset, length: 1 }, { name: 'block.size', offset: offset + 1, length: 3 });
    const contents = offset + 4;
    fields.push(...wordsOf('block', contents, Math.min(bytes.length, contents + Math.min(size, 40)), false));
    if (bytes[offset] & 0x80) {
      const frame = Math.min(bytes.length, contents + size);
      return [...fields, ...wordsOf('frame', frame, Math.min(bytes.length, frame + 16), false)];
    }
    offset = contents + size;
  }
  return fields;
}

function gifBlocks(bytes: Buffer): Field[] {
  const fields = wordsOf('screen', 6, 13, true);
  for (let offset = bytes.indexOf(0x21); offset >= 0 && offset + 8 < bytes.length;) {
    if (bytes[offset + 1] === 0xf9) {
      fields.push(
        { name: 'control.size', offset: offset + 2, length: 1 },
        { name: 'control.delay', offset: offset + 4, length: 2, littleEndian: true },
      );
      fields.push(...wordsOf('image', offset + 9, Math.min(bytes.length, offset + 17), true));
    }
    offset = bytes.indexOf(Buffer.of(0x21, 0xf9), offset + 1);
  }
  return fields;
}

function jpegSegments(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let offset = 2; offset + 4 <= bytes.length && bytes[offset] === 0xff;) {
    const marker = bytes[offset + 1];
    const size = bytes.readUInt16BE(offset + 2);
    const name = `segment-${marker.toString(16)}`;
    fields.push({ name: `${name}.marker`, offset, length: 2 }, { name: `${name}.size`, offset: offset + 2, length: 2 });
    fields.push(...wordsOf(name, offset + 4, Math.min(bytes.length, offset + 2 + Math.min(size, 32)), false));
    if (marker === 0xc0 || marker === 0xc2) {
      fields.push({ name: 'height', offset: offset + 5, length: 2 }, { name: 'width', offset: offset + 7, length: 2 });
    }
    offset += 2 + size;
  }
  return fields;
}

const TRANSPORT_PACKET = 188;

function transportPackets(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let offset = 0; offset + TRANSPORT_PACKET <= bytes.length; offset += TRANSPORT_PACKET) {
    const begins = (bytes[offset + 1] & 0x40) !== 0;
    fields.push(
      { name: 'packet.sync', offset, length: 1 },
      { name: 'packet.pid', offset: offset + 1, length: 2 },
      { name: 'packet.control', offset: offset + 3, length: 1 },
    );
    if (bytes[offset + 3] & 0x20) fields.push(...wordsOf('adaptation', offset + 4, offset + 12, false));
    if (begins) fields.push(...wordsOf('payload', offset + 4, offset + 36, false));
  }
  return fields;
}

function id3Tag(bytes: Buffer): Field[] {
  if (bytes.toString('latin1', 0, 3) !== 'ID3') return [];
  return [
    { name: 'id3.version', offset: 3, length: 2 },
    { name: 'id3.flags', offset: 5, length: 1 },
    { name: 'id3.size', offset: 6, length: 4 },
    { name: 'id3.frame.size', offset: 14, length: 4 },
  ];
}

/** Frames of MP3, MP2 and AAC (ADTS) begin with eleven bits that are set. */
function soundFrames(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let offset = 0; offset + 8 <= bytes.length; offset++) {
    if (bytes[offset] !== 0xff || bytes[offset + 1] < 0xe0) continue;
    fields.push(
      { name: 'frame.rate', offset: offset + 2, length: 1 },
      { name: 'frame.length', offset: offset + 3, length: 3 },
    );
  }
  return fields;
}

/** MPEG video and program streams, H.264 and HEVC: what follows 00 00 01. */
function startCodes(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  const code = Buffer.of(0, 0, 1);
  for (
    let offset = bytes.indexOf(code);
    offset >= 0 && offset + 3 < bytes.length;
    offset = bytes.indexOf(code, offset + 3)
  ) {
    const id = bytes[offset + 3].toString(16);
    fields.push({ name: `unit-${id}.id`, offset: offset + 3, length: 1 });
    fields.push(...wordsOf(`unit-${id}`, offset + 4, Math.min(bytes.length, offset + 16), false));
  }
  return fields.filter(({ offset, length }) => offset + length <= bytes.length);
}
