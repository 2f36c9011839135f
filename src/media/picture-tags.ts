// What a file says of its pictures beside their samples, to be written again as it was read.

/** The tags of a track of pictures. Numbers are those of ITU-T H.273; 2 where the file says nothing. */
export interface PictureTags {
  /** Width to height of a pixel. */
  pixelAspect: readonly [width: number, height: number];
  primaries: number;
  transfer: number;
  matrix: number;
  /** Whether values use the whole range; undefined where the file does not say. */
  fullRange?: boolean;
  /** Where samples of chroma lie among those of luma. */
  chromaLocation?: ChromaLocation;
  /** How stored pixels become upright, as MP4 files have it: nine numbers, row by row, the last column with 30 fractional bits, the others with 16. */
  displayMatrix?: number[];
  /** The screen that the pictures were made on, and how bright they get (SMPTE ST 2086, CTA-861.3), as FFmpeg holds them. */
  masteringDisplay?: number[];
  contentLight?: number[];
  /** What the file says of itself, and of this track, in words, by FFmpeg's names: `title`, `artist`, `language`, … */
  fileMetadata?: Readonly<Record<string, string>>;
  metadata?: Readonly<Record<string, string>>;
}

/** What is said in words and not by the container of itself: who made what, when, where and about what. */
const keptMetadata: ReadonlySet<string> = new Set([
  ...[
    'title',
    'artist',
    'album_artist',
    'author',
    'composer',
    'album',
    'show',
    'episode_id',
    'network',
    'genre',
    'date',
  ],
  ...['comment', 'description', 'synopsis', 'lyrics', 'copyright', 'grouping', 'track', 'keywords', 'language'],
  ...['creation_time', 'location'],
]);

/** Returns what of a file's or a track's metadata is written again; undefined when that is nothing. */
export function metadataToKeep(
  metadata: Readonly<Record<string, string>> | undefined,
): Record<string, string> | undefined {
  const kept = Object.entries(metadata ?? {})
    .map(([key, value]) => [key.toLowerCase(), value] as const)
    .filter(([key, value]) => keptMetadata.has(key) && value !== '' && !(key === 'language' && value === 'und'));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

// H.273's numbers of WebCodecs' names.
const primaries: Readonly<Record<string, number>> = { bt709: 1, bt470bg: 5, smpte170m: 6, bt2020: 9, smpte432: 12 };
const transfers: Readonly<Record<string, number>> = {
  ...{ bt709: 1, smpte170m: 6, linear: 8, 'iec61966-2-1': 13, pq: 16, hlg: 18 },
};
const matrices: Readonly<Record<string, number>> = { bt709: 1, bt470bg: 5, smpte170m: 6, 'bt2020-ncl': 9 };
const UNKNOWN = 2;

/** Returns the tags of upright pictures with square pixels whose colors WebCodecs' names describe. */
export function tagsOf(colorSpace: VideoColorSpaceInit, fullRange: boolean): PictureTags {
  return {
    pixelAspect: [1, 1],
    primaries: primaries[String(colorSpace.primaries)] ?? UNKNOWN,
    transfer: transfers[String(colorSpace.transfer)] ?? UNKNOWN,
    matrix: matrices[String(colorSpace.matrix)] ?? UNKNOWN,
    fullRange,
  };
}

/** FFmpeg's names of the places of chroma samples. */
export type ChromaLocation = 'left' | 'center' | 'topleft' | 'top' | 'bottomleft' | 'bottom';

/** The places in the order of FFmpeg's numbers; 0 says nothing. */
export const chromaLocations: readonly (ChromaLocation | undefined)[] = [
  ...([undefined, 'left', 'center', 'topleft', 'top', 'bottomleft', 'bottom'] as const),
];

/** Returns the place of chroma samples, in samples of luma from the first of two: [x, y]. MPEG's is the usual one. */
export function chromaSiteOf(location: ChromaLocation = 'left'): [x: number, y: number] {
  const x = location.endsWith('left') ? 0 : 0.5;
  const y = location.startsWith('top') ? 0 : location.startsWith('bottom') ? 1 : 0.5;
  return [x, y];
}
