// Which stream of a file is the best, and what errors say of those there are: the same rule whoever reads the file.
import { OptionError } from '../util/assert.ts';
import { wording } from '../util/wording.ts';

/** Which kind of stream is wanted. */
export type TrackKind = 'video' | 'audio';

/** What the choice depends on. */
export interface StreamMerits {
  /** Pixels of a picture, or channels of sound. */
  size: number;
  /** It is marked as the default. */
  isDefault: boolean;
  hasPackets: boolean;
  canDecode: boolean;
}

/**
 * Returns how good a stream is, as ffmpeg sees it: the most pixels or channels among those with packets, the one marked as
 * default before others; what cannot be decoded is chosen last. Of equal ones the first is the best.
 */
export function streamScore({ size, isDefault, hasPackets, canDecode }: StreamMerits): number {
  return size + (isDefault ? 5e6 : 0) + (hasPackets ? 1e8 : 0) + (canDecode ? 1e10 : 0);
}

/** Returns the item with the highest score; of equal ones the first. Undefined when there is none. */
export function best<T>(items: readonly T[], score: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (chosen, item) => (chosen !== undefined && score(chosen) >= score(item) ? chosen : item),
    undefined,
  );
}

/** What errors say of a stream. */
export interface StreamFacts {
  /** Its number in the file. */
  index: number;
  codec: string;
  format: { width: number; height: number } | { sampleRate: number; channels: number };
  /** ISO 639-2, `und` where it is not known. */
  language: string;
}

/** Returns a stream in a few words: `1 (avc, 64×48)`, `0 (aac, 44100 Hz, mono, fra)`. */
export function streamInShort({ index, codec, format, language }: StreamFacts): string {
  const facts =
    'width' in format
      ? [`${format.width}×${format.height}`]
      : [`${format.sampleRate} Hz`, format.channels === 1 ? 'mono' : `${format.channels} channels`];
  return `${index} (${[codec, ...facts, ...(language === 'und' ? [] : [language])].join(', ')})`;
}

/** Streams that an error lists. */
export const MOST_LISTED = 20;

/** A stream that was asked for, and those of its kind that there are, in short. */
export interface WrongStreamFacts {
  kind: TrackKind;
  stream: number;
  streams: readonly string[];
}

/** Returns the error for a stream that a file does not have. */
export function wrongStream(name: string, { kind, stream, streams }: WrongStreamFacts): OptionError {
  const those = streams.length === 1 ? `the only ${kind} stream` : `the ${kind} streams`;
  return new OptionError(`${kind}Stream`, wording`be ${streams.join(' or ')}, ${those} of ${name}`, stream);
}
