// Which format a file has, in the media process, and what is refused: formats that name other files to read, subtitles, documents.
import { InputFormat, type IOContext } from 'node-av/lib';
import { encrypted, MediaFault, onlySubtitles } from './media-fault.ts';

const FORMAT_NAMES = 'MP4, MOV, MKV, WebM, MPEG-TS, AVI, WAV, MP3, Ogg, FLAC, AAC and most others';

/** FFmpeg's formats that name other files, addresses or devices to read. */
const references: Readonly<Record<string, string>> = {
  concat: 'a list of files',
  dash: 'a DASH manifest',
  hls: 'an HLS playlist',
  image2: 'a sequence of pictures',
  imf: 'an IMF composition',
  lavfi: 'a filter graph',
  rtp: 'a network stream',
  rtsp: 'a network stream',
  sap: 'a network stream',
  sdp: 'a description of a network stream',
  webm_dash_manifest: 'a DASH manifest',
};

/** The same, recognized by their beginning, in lower case: FFmpeg goes by the name of the file, or does not know them. */
const referenceTexts: readonly (readonly [RegExp, string])[] = [
  [/^#extm3u[^]*#ext-x-/, 'an HLS playlist'],
  [/^#extm3u|^\[playlist\]|<(asx|smil)[\s>]/, 'a playlist'],
  [/<mpd[\s>]/, 'a DASH manifest'],
  [/<compositionplaylist[\s>]/, 'an IMF composition'],
];

const subtitles = new Set(
  (
    'aqtitle ass dvbsub dvbtxt jacosub lrc mcc microdvd mpl2 mpsub pjs realtext rcwt sami scc srt stl subviewer subviewer1 ' +
    'sup tedcaptions vobsub vplayer webvtt'
  ).split(' '),
);

/** FFmpeg's formats that any text or bytes could have. */
const anything = new Set(['bin', 'data', 'ffmetadata', 'tty']);

/** What people take for a media file by mistake, by its beginning in lower case. */
const documents: readonly (readonly [RegExp, what: string, remedy: string])[] = [
  [/^%pdf-/, 'a PDF document', 'Choose a media file.'],
  [/^pk\p{Cc}{2}/u, 'a ZIP archive', 'Unpack it first.'],
  [
    /^(<!doctype html|<html)/,
    'a web page',
    'A download may have saved a page in place of the file: download it again.',
  ],
];

const PROBED_BYTES = 1 << 20;
const TEXT_BYTES = 2000;

/** The format of a file, and whether its content says so, or only its name. */
export interface RecognizedFormat {
  format: InputFormat;
  certain: boolean;
}

/**
 * Recognizes the format by the first bytes, as many as it takes; where they leave a doubt, the name decides.
 *
 * @param head - the beginning of the file.
 * @throws MediaFault when the format is refused or not known.
 */
export async function recognizeFormat(io: IOContext, head: Buffer, extension: string): Promise<RecognizedFormat> {
  const byContent = await InputFormat.probeBuffer(io, PROBED_BYTES);
  const named = extension === '' ? null : InputFormat.probe(head, `file${extension}`);
  const recognized = byContent?.name ?? '';
  if (!isReadable(recognized)) {
    const refusal = refusalOf(recognized, head.toString('latin1', 0, TEXT_BYTES));
    if (refusal) throw refusal;
  }
  const format = [named, byContent].find((candidate) => isReadable(candidate?.name ?? ''));
  if (!format) throw unknownFormat();
  if (format.name === 'mpegts' && isScrambled(head)) throw encrypted();
  return { format, certain: recognized === format.name };
}

/** What is said of a file that is no media, or not of a kind that FFmpeg reads. */
export function unknownFormat(): MediaFault {
  return new MediaFault(
    'media-unreadable',
    'is not a media file in a supported format.',
    `Supported formats: ${FORMAT_NAMES}.`,
  );
}

function isReadable(name: string): boolean {
  return name !== '' && !(name in references) && !subtitles.has(name) && !anything.has(name);
}

function refusalOf(format: string, beginning: string): MediaFault | undefined {
  const text = beginning
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase();
  const reference =
    format in references ? references[format] : referenceTexts.find(([begins]) => begins.test(text))?.[1];
  if (reference !== undefined) {
    return new MediaFault(
      'media-unreadable',
      `is ${reference}, which names other files to read.`,
      'Give the video or the audio itself.',
    );
  }
  if (subtitles.has(format)) return onlySubtitles();
  const [, what, remedy] = documents.find(([begins]) => begins.test(text)) ?? [];
  if (what === undefined || remedy === undefined) return undefined;
  return new MediaFault('media-unreadable', `is ${what}, not a media file.`, remedy);
}

const TS_PACKET_BYTES = 188;
const TS_SYNC = 0x47;

/** Whether most packets of a transport stream are scrambled, as of encrypted television. */
function isScrambled(head: Buffer): boolean {
  const first = head.indexOf(TS_SYNC);
  let packets = 0;
  let scrambled = 0;
  for (let at = first; at >= 0 && at + TS_PACKET_BYTES <= head.length; at += TS_PACKET_BYTES) {
    if (head[at] !== TS_SYNC) return false; // of another packet size, or damaged
    packets++;
    if (head[at + 3] & 0x80) scrambled++;
  }
  return scrambled * 2 > packets;
}
