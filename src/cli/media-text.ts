// A description of a media file in words, for people.
import { formatBytes } from '../hub/format-bytes.ts';
import type {
  AudioUse,
  ChoiceReason,
  MediaDescription,
  MediaRefusal,
  StreamDescription,
  VideoUse,
} from '../media/media-description.ts';
import { LatentSyncError, type ErrorJson } from '../util/errors.ts';
import { printable } from '../util/printable.ts';
import { definitionList } from './text-layout.ts';

const WIDTH = 100;
const LONGEST_VALUE = 200;

type Entry = readonly [term: string, text: string | undefined];

/**
 * Returns what is in a file and what becomes of it, in several lines.
 *
 * @param errorText - an error in the words of the command line.
 */
export function mediaText(media: MediaDescription, errorText: (error: LatentSyncError) => string): string {
  const { name, formatName, format, bytes, durationSeconds, startSeconds, bitRate, metadata, streams } = media;
  const paragraphs = [
    block(printable(name), [
      ['format', `${formatName} (${format})`],
      ['size', [formatBytes(bytes), bitRateText(bitRate)].filter(isText).join(', ')],
      ['duration', seconds(durationSeconds)],
      ['start', startSeconds === 0 ? undefined : seconds(startSeconds)],
      ...tags(metadata),
    ]),
    ...streams.map((stream) => streamText(stream, startSeconds ?? 0)),
    useText('As the video', media.asVideo, videoUseEntries, errorText),
    useText('As the audio', media.asAudio, audioUseEntries, errorText),
  ];
  return paragraphs.join('\n\n');
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function block(title: string, entries: readonly Entry[]): string {
  const shown = entries.filter((entry): entry is [string, string] => isText(entry[1]));
  return shown.length === 0 ? title : `${title}\n${definitionList(shown, WIDTH)}`;
}

function tags(metadata: Readonly<Record<string, string>>): Entry[] {
  return Object.entries(metadata).map(([key, value]) => [
    printable(key, { longest: LONGEST_VALUE }),
    printable(value, { longest: LONGEST_VALUE }),
  ]);
}

function seconds(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value.toFixed(3)} s`;
}

function bitRateText(bitRate: number | undefined): string | undefined {
  return bitRate === undefined ? undefined : `${Math.round(bitRate / 1000)} kb/s`;
}

function streamText(stream: StreamDescription, fileStart: number): string {
  const { index, kind, codec, codecName, profile, language, title, dispositions, metadata } = stream;
  const codecText = [codecName ?? codec, profile].filter(isText).join(', ');
  return block(`Stream ${index}: ${kind}, ${codecText}`, [
    ['encrypted', stream.encrypted ? 'yes' : undefined],
    ['decoder', stream.decodable || !['video', 'audio'].includes(kind) ? undefined : 'none'],
    ...videoEntries(stream),
    ...audioEntries(stream),
    ['bit rate', bitRateText(stream.bitRate)],
    ['times', timesText(stream, fileStart)],
    ['cut away', countText(stream.discardedPackets, 'packet', 'by an edit list')],
    ['damaged', countText(stream.damagedPackets, 'packet', 'marked as damaged')],
    ['language', language && printable(language)],
    ['title', title && printable(title, { longest: LONGEST_VALUE })],
    ['meant as', dispositions.join(', ')],
    ...tags(Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'title' && key !== 'language'))),
  ]);
}

function countText(count: number, what: string, how: string): string | undefined {
  return count === 0 ? undefined : `${count} ${what}${count === 1 ? '' : 's'} ${how}`;
}

function timesText(
  { packets, firstSeconds, endSeconds, kind }: StreamDescription,
  fileStart: number,
): string | undefined {
  const count = countText(packets, kind === 'video' ? 'frame' : 'packet', '');
  if (firstSeconds === undefined || endSeconds === undefined) return count?.trim() ?? 'no packets';
  const offset = firstSeconds - fileStart;
  const late = offset > 0.001 ? `, ${offset.toFixed(3)} s after the file's start` : '';
  return `${count?.trim() ?? ''} from ${firstSeconds.toFixed(3)} to ${endSeconds.toFixed(3)} s${late}`;
}

function videoEntries({ video }: StreamDescription): Entry[] {
  if (!video) return [];
  const { codedWidth, codedHeight, width, height, rotation, flip, pixelAspect, pixelFormat, bitDepth, hasAlpha } =
    video;
  const turned = [rotation === 0 ? undefined : `turned by ${rotation}°`, flip ? 'flipped' : undefined];
  const aspect = pixelAspect[0] === pixelAspect[1] ? undefined : `pixel aspect ${pixelAspect.join(':')}`;
  const isShownOtherwise = width !== codedWidth || height !== codedHeight;
  const size = [
    `${codedWidth}×${codedHeight}`,
    isShownOtherwise ? `shown as ${width}×${height}` : undefined,
    ...turned,
    aspect,
  ];
  const color = [
    video.colorPrimaries && `primaries ${video.colorPrimaries}`,
    video.colorTransfer && `transfer ${video.colorTransfer}`,
    video.colorMatrix && `matrix ${video.colorMatrix}`,
    video.colorRange && `${video.colorRange} range`,
    video.hdr && `HDR (${video.hdr})`,
  ];
  const format = [
    pixelFormat,
    bitDepth === undefined ? undefined : `${bitDepth} bits`,
    hasAlpha ? 'transparency' : undefined,
  ];
  const order = video.fieldOrder;
  return [
    ['size', size.filter(isText).join(', ')],
    ['pixels', format.filter(isText).join(', ')],
    ['color', color.filter(isText).join(', ')],
    ['fields', order === 'progressive' ? order : order && `interlaced, ${order}`],
    ['frame rate', rateText(video.frameRate, video.variableFrameRate)],
  ];
}

function rateText(frameRate: number | undefined, isVariable: boolean): string | undefined {
  if (frameRate === undefined) return undefined;
  return `${Number(frameRate.toFixed(3))} per second${isVariable ? ' on average, variable' : ''}`;
}

function audioEntries({ audio }: StreamDescription): Entry[] {
  if (!audio) return [];
  const { sampleRate, numberOfChannels, channelLayout, sampleFormat, encoderDelay } = audio;
  const channels = channelLayout ?? `${numberOfChannels} channels`;
  return [
    ['sound', [`${sampleRate} Hz`, channels, sampleFormat].filter(isText).join(', ')],
    ['encoder delay', encoderDelay === undefined ? undefined : `${encoderDelay} samples`],
  ];
}

const reasons: Readonly<Record<ChoiceReason, string>> = {
  chosen: 'as chosen',
  only: 'the only one of its kind',
  default: 'marked as the default',
  largest: 'the best of its kind',
};

function useText<T extends VideoUse | AudioUse>(
  title: string,
  use: T | MediaRefusal,
  entries: (use: T) => Entry[],
  errorText: (error: LatentSyncError) => string,
): string {
  if ('refused' in use)
    return `${title}: cannot be used.\n  ${errorText(errorOf(use.refused)).replaceAll('\n', '\n  ')}`;
  const warnings = use.warnings.map(({ message }): Entry => ['warning', printable(message)]);
  return block(`${title}: stream ${use.stream}, ${reasons[use.reason]}`, [...entries(use), ...warnings]);
}

function errorOf({ code, problem, remedy }: ErrorJson): LatentSyncError {
  return new LatentSyncError(code, problem, { remedy: remedy?.text });
}

function videoUseEntries(use: VideoUse): Entry[] {
  const { width, height, frameCount, durationSeconds, codec, pixelFormat } = use;
  const changes = [...use.changes, use.deinterlaced ? 'deinterlaced' : undefined];
  return [
    ['output', `${codec}, ${pixelFormat}, ${width}×${height}, ${rateText(use.frameRate, use.variableFrameRate)}`],
    ['length', `${frameCount} ${frameCount === 1 ? 'frame' : 'frames'}, ${durationSeconds.toFixed(3)} s`],
    ['changes', changes.filter(isText).join(', ')],
    ['subtitles', use.subtitles.map(subtitleText).join(', ')],
  ];
}

function subtitleText({ stream, codec, copied }: VideoUse['subtitles'][number]): string {
  return `stream ${stream} ${copied ? 'copied as it is' : `as ${codec}`}`;
}

function audioUseEntries({ sampleRate, numberOfChannels, durationSeconds, copied }: AudioUse): Entry[] {
  const channels = numberOfChannels === 1 ? 'mono' : `${numberOfChannels} channels`;
  return [
    ['sound', `${sampleRate} Hz, ${channels}`],
    ['length', `${durationSeconds.toFixed(3)} s`],
    ['output', copied ? 'copied as it is' : 'encoded as AAC'],
  ];
}
