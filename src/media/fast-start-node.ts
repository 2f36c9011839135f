// Moving an MP4 file's index (`moov`) from the end to the front, in place, so that playback can start while loading.
import type { FileHandle } from 'node:fs/promises';

interface Mp4Box {
  type: string;
  position: number;
  size: number;
}

const CHUNK = 1 << 22; // bytes moved at a time
const containers = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/**
 * Moves the `moov` box before the first `mdat` box. A file where it is already there is left unchanged, and so is one
 * that would need larger offsets (above 4 GiB): an index at the end is valid too.
 *
 * @param handle - The complete file, open for reading and writing.
 */
export async function moveIndexToFront(handle: FileHandle): Promise<void> {
  const boxes = await readBoxes(handle);
  const mdat = boxes.find(({ type }) => type === 'mdat');
  const moov = boxes.at(-1);
  if (!mdat || moov?.type !== 'moov' || moov.position < mdat.position) return;
  const index = Buffer.alloc(moov.size);
  await readFully(handle, index, moov.position);
  if (!shiftOffsets(index, 0, index.length, moov.size)) return;
  for (let end = moov.position; end > mdat.position;) {
    const start = Math.max(mdat.position, end - CHUNK);
    const chunk = Buffer.alloc(end - start);
    await readFully(handle, chunk, start);
    await writeFully(handle, chunk, start + moov.size);
    end = start;
  }
  await writeFully(handle, index, mdat.position);
}

async function readBoxes(handle: FileHandle): Promise<Mp4Box[]> {
  const { size: fileSize } = await handle.stat();
  const boxes: Mp4Box[] = [];
  const header = Buffer.alloc(16);
  for (let position = 0; position + 8 <= fileSize;) {
    await readFully(handle, header.subarray(0, Math.min(16, fileSize - position)), position);
    const { type, size } = readHeader(header, 0, fileSize - position);
    boxes.push({ type, position, size });
    position += size;
  }
  return boxes;
}

/** A size of 1 means a 64-bit size follows; 0 means up to the end. */
function readHeader(bytes: Buffer, position: number, rest: number): { type: string; size: number; length: number } {
  const type = bytes.toString('latin1', position + 4, position + 8);
  const size = bytes.readUInt32BE(position);
  if (size === 1) return { type, size: Number(bytes.readBigUInt64BE(position + 8)), length: 16 };
  return { type, size: size === 0 ? rest : size, length: 8 };
}

/** Adds `shift` to all chunk offsets in the boxes of a range; false, with nothing useful done, when one overflows. */
function shiftOffsets(bytes: Buffer, start: number, end: number, shift: number): boolean {
  for (let position = start; position + 8 <= end;) {
    const { type, size, length } = readHeader(bytes, position, end - position);
    const body = position + length;
    if (containers.has(type)) {
      if (!shiftOffsets(bytes, body, position + size, shift)) return false;
    } else if (type === 'stco' || type === 'co64') {
      const count = bytes.readUInt32BE(body + 4); // after version and flags
      for (let entry = 0; entry < count; entry++) {
        if (type === 'co64') {
          const at = body + 8 + entry * 8;
          bytes.writeBigUInt64BE(bytes.readBigUInt64BE(at) + BigInt(shift), at);
        } else {
          const at = body + 8 + entry * 4;
          const offset = bytes.readUInt32BE(at) + shift;
          if (offset > 0xffffffff) return false;
          bytes.writeUInt32BE(offset, at);
        }
      }
    }
    position += size;
  }
  return true;
}

async function readFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error('The file ends in the middle of a box.');
    done += bytesRead;
  }
}

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
