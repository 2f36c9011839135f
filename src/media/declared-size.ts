// How long a file should be according to its own header: what tells a file that is cut off from one that just ends.

/** Recorders that cannot go back leave such sizes, or nothing: RIFF counts up to 4 GB. */
const LARGEST_RIFF = 0x7fff_0000;

/** Returns the bytes of a RIFF, AIFF, Matroska or WebM file as its first bytes say them; undefined for others, or where they do not. */
export function declaredSize(head: Uint8Array): number | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 12) return undefined;
  const signature = view.getUint32(0);
  if (signature === 0x5249_4646 || signature === 0x464f_524d) {
    const size = view.getUint32(4, signature === 0x5249_4646); // RIFF counts little-endian, AIFF's FORM big-endian
    return size === 0 || size > LARGEST_RIFF ? undefined : 8 + size;
  }
  if (signature !== 0x1a45_dfa3) return undefined;
  const header = variableInteger(view, 4);
  if (!header) return undefined;
  const segment = header.end + header.value;
  if (segment + 12 > head.length || view.getUint32(segment) !== 0x1853_8067) return undefined;
  const size = variableInteger(view, segment + 4);
  return size && size.end + size.value;
}

/** Reads a number of EBML, whose first byte tells its length; undefined for the one that means "unknown". */
function variableInteger(view: DataView, at: number): { value: number; end: number } | undefined {
  const length = Math.clz32(view.getUint8(at)) - 23;
  if (length > 8) return undefined;
  let value = view.getUint8(at) & (0xff >> length);
  let isUnknown = value === 0xff >> length;
  for (let index = 1; index < length; index++) {
    const byte = view.getUint8(at + index);
    isUnknown &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return isUnknown ? undefined : { value, end: at + length };
}
