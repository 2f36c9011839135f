// Where a media file keeps its sizes, counts, times and dimensions: places at which a wrong number does the most harm.
import { chunkFields } from './chunk-fields.ts';
import { wordsOf, type Field } from './field.ts';
import { matroskaFields } from './matroska-fields.ts';
import { mp4Fields } from './mp4-fields.ts';
import { streamFields } from './stream-fields.ts';

/** Words at the beginning of a file that are fields where nothing better is known. */
const HEADER_BYTES = 256;

/** Returns the fields of a file of any kind. */
export function fieldsOf(bytes: Buffer): Field[] {
  const known = [mp4Fields, matroskaFields, chunkFields, streamFields].map((find) => find(bytes));
  return known.find((fields) => fields.length > 0) ?? headerWords(bytes);
}

function headerWords(bytes: Buffer): Field[] {
  return wordsOf('header', 0, Math.min(HEADER_BYTES, bytes.length), false);
}
