// A number in a media file, and where it lies.

/** A number in a file. */
export interface Field {
  /** What it says, with the place that it is in: `stts.count`. */
  name: string;
  offset: number;
  /** Bytes, 1 to 8. */
  length: number;
  littleEndian?: boolean;
  /** Makes checksums right again that cover the field, so that readers do not stop at them. */
  seal?: (bytes: Buffer) => void;
}

/** Returns the aligned 2- and 4-byte words of a range. */
export function wordsOf(name: string, start: number, end: number, littleEndian: boolean): Field[] {
  const fields: Field[] = [];
  for (const length of [2, 4]) {
    for (let offset = start; offset + length <= end; offset += length) {
      fields.push({ name: `${name}+${offset - start}`, offset, length, littleEndian });
    }
  }
  return fields;
}

/** Returns four characters of a file. */
export function tagAt(bytes: Buffer, offset: number): string {
  return bytes.toString('latin1', offset, offset + 4);
}
