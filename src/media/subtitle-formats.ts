// Which subtitles each container holds, and what those become that it does not hold as they are.
import type { VideoContainer } from './output-containers.ts';

/** A codec of subtitles that are read: text, or pictures (`pgs` of Blu-ray, `dvd`). */
export type SubtitleCodec = 'subrip' | 'ass' | 'webvtt' | 'mov_text' | 'pgs' | 'dvd';

/** A track of subtitles. */
export interface SubtitleTrack {
  readonly codec: SubtitleCodec;
  /** What the codec says once for the whole track, such as the styles of ASS: base64. */
  readonly header: string;
  /** What is said of it in words, by FFmpeg's names: `language`, `title`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What it is meant for: FFmpeg's flags, such as 1 for the default and 64 for what is shown always. */
  readonly disposition: number;
}

/** What codecs of subtitles are called, and whether they are text. */
export const subtitleFacts: Readonly<Record<SubtitleCodec, { readonly name: string; readonly isText: boolean }>> = {
  subrip: { name: 'SubRip', isText: true },
  ass: { name: 'ASS', isText: true },
  webvtt: { name: 'WebVTT', isText: true },
  mov_text: { name: 'MP4 text', isText: true },
  pgs: { name: 'PGS', isText: false },
  dvd: { name: 'DVD', isText: false },
};

/** What containers hold; the first one is what other text becomes. */
const held: Readonly<Record<VideoContainer, readonly SubtitleCodec[]>> = {
  mp4: ['mov_text'],
  mov: ['mov_text'],
  mkv: ['subrip', 'ass', 'webvtt', 'pgs', 'dvd'],
  webm: ['webvtt'],
};

/** Returns what subtitles of a codec are in a container: the same, or the container's own text; undefined where it holds neither. */
export function writtenSubtitles(codec: SubtitleCodec, container: VideoContainer): SubtitleCodec | undefined {
  const codecs = held[container];
  if (codecs.includes(codec)) return codec;
  return subtitleFacts[codec].isText ? codecs[0] : undefined;
}
