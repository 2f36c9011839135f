// The streams of a video beside its pictures and sound, and what becomes of each in a container: kept, kept otherwise, or left out.
import type { VideoContainer } from './output-containers.ts';
import type { FoundWarning } from './media-warning.ts';
import { subtitleFacts, writtenSubtitles, type SubtitleTrack } from './subtitle-formats.ts';

/** A stream that is neither the pictures nor the sound of a video. */
export interface OtherStream {
  /** Its number in the file. */
  readonly index: number;
  readonly kind: 'video' | 'audio' | 'subtitle' | 'attachment' | 'data';
  /** What people call its codec; the MIME type of an attachment. */
  readonly codec: string;
  /** ISO 639-2. */
  readonly language?: string;
  /** Subtitles that some container holds. */
  readonly subtitles?: SubtitleTrack;
  /** A font that subtitles are shown in. */
  readonly font?: FontFile;
}

/** What a font that is inside a video is called, and its MIME type. */
export interface FontFile {
  readonly name: string;
  readonly mimeType: string;
  readonly byteLength: number;
}

/** A track of subtitles that is kept. */
export interface KeptSubtitles {
  /** The number of its stream in the source. */
  readonly index: number;
  readonly source: SubtitleTrack;
  readonly written: SubtitleTrack;
}

/** What becomes of a video's other streams. */
export interface KeptStreams {
  readonly subtitles: readonly KeptSubtitles[];
  readonly fonts: readonly OtherStream[];
  readonly leftOut: readonly OtherStream[];
}

/** Bytes of all fonts together, which are in memory for a moment. */
const MOST_FONT_BYTES = 64 << 20;

/** Returns what becomes of streams in a container; without one, none is kept. */
export function keptStreams(streams: readonly OtherStream[], container: VideoContainer | undefined): KeptStreams {
  const subtitles: KeptSubtitles[] = [];
  for (const { index, subtitles: source } of streams) {
    const codec = source && container && writtenSubtitles(source.codec, container);
    if (!codec) continue;
    const header = codec === source.codec ? source.header : '';
    subtitles.push({ index, source, written: { ...source, codec, header } });
  }
  // Only ASS names fonts.
  const hasStyles = subtitles.some(({ written }) => written.codec === 'ass');
  let fontBytes = 0;
  const fonts = streams.filter(({ font }) => {
    if (!font || !hasStyles || fontBytes + font.byteLength > MOST_FONT_BYTES) return false;
    fontBytes += font.byteLength;
    return true;
  });
  const kept = new Set([...subtitles, ...fonts].map(({ index }) => index));
  return { subtitles, fonts, leftOut: streams.filter(({ index }) => !kept.has(index)) };
}

/** Returns what a user has to know of it. */
export function streamWarnings({ subtitles, leftOut }: KeptStreams): FoundWarning[] {
  const warnings: FoundWarning[] = [];
  if (leftOut.length > 0) {
    const text = `has streams that the output leaves out: ${leftOut.map(streamName).join(', ')}.`;
    warnings.push({ kind: 'streams-left-out', text });
  }
  const plain = subtitles.filter(({ source, written }) => source.codec === 'ass' && written.codec !== 'ass');
  if (plain.length > 0) {
    const streams = plain.map(({ index }) => String(index)).join(', ');
    const becomes = subtitleFacts[plain[0].written.codec].name;
    const text = `has ASS subtitles (stream ${streams}), which become ${becomes} in the output: bold, italic and underlined text stay, places, colors, fonts and drawings are lost.`;
    warnings.push({ kind: 'subtitles-changed', text });
  }
  return warnings;
}

const kindNames: Readonly<Record<OtherStream['kind'], string>> = {
  ...{ video: 'pictures', audio: 'sound', subtitle: 'subtitles', attachment: 'attachment', data: 'data' },
};

/** Returns what a stream is called: `PGS subtitles (stream 3, eng)`. */
function streamName({ index, kind, codec, language }: OtherStream): string {
  return `${codec} ${kindNames[kind]} (stream ${[String(index), ...(language ? [language] : [])].join(', ')})`;
}
