// Raw AAC: frames that each begin with a header (ADTS, ISO/IEC 13818-7), which MP4 files have once, as an AudioSpecificConfig.

function hasHeader(packet: Uint8Array): boolean {
  return packet.length >= 7 && packet[0] === 0xff && (packet[1] & 0xf6) === 0xf0;
}

/** Returns the bytes of the header that the packet begins with; 0 where it has none. */
export function adtsHeaderLength(packet: Uint8Array): number {
  if (!hasHeader(packet)) return 0;
  return packet[1] & 1 ? 7 : 9; // with a checksum
}

/** Returns the AudioSpecificConfig (ISO/IEC 14496-3) that says the same as a packet's header; undefined where it has none. */
export function audioSpecificConfigOf(packet: Uint8Array): Uint8Array | undefined {
  if (!hasHeader(packet)) return undefined;
  const objectType = (packet[2] >> 6) + 1;
  const rateIndex = (packet[2] >> 2) & 15;
  const channels = ((packet[2] & 1) << 2) | (packet[3] >> 6);
  const bits = (objectType << 11) | (rateIndex << 7) | (channels << 3);
  return Uint8Array.of(bits >> 8, bits & 255);
}

/** Returns whether two headers say the same of what follows them. */
export function sameAdts(a: Uint8Array, b: Uint8Array): boolean {
  // All of it but the private bit, and the sizes.
  return (
    hasHeader(a) && hasHeader(b) && a[2] >> 2 === b[2] >> 2 && (a[2] & 1) === (b[2] & 1) && a[3] >> 6 === b[3] >> 6
  );
}
