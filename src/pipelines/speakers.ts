// Who speaks what: the options `audio`, `face` and `speakers` → recordings, when each sounds, and whose lips follow it.
import type { MediaInput } from '../media/media-input.ts';
import { OptionError } from '../util/assert.ts';
import { isInput } from '../util/option-table.ts';
import { rangeOf, TIME_RULE, timeOf, type TimeRange } from '../util/times.ts';
import { option, wording } from '../util/wording.ts';
import { faceOptionOf, faceStretchOf, withFacePath, type FaceOption } from './faces/face-option.ts';
import type { SpeechTime } from './speech-placement.ts';

/** Somebody whose lips follow a recording of their own. */
export interface Speaker {
  /** Who it is, as the option `face` says it. */
  face: string | number;
  /** What they say. */
  audio: MediaInput;
  /** Time of the video at which the recording begins: seconds, or `[hh:]mm:ss[.mmm]`. Default: where the output begins. */
  start?: number | string;
  /** Time of the video at which it is cut off. Default: at its end. */
  end?: number | string;
}

/** Most that one job may have: each recording is read by a process of its own. */
const MOST_SPEAKERS = 32;

/** A recording that is heard. */
export interface SpeechOption extends Omit<SpeechTime, 'rows'> {
  /** Which of the job's recordings it is. */
  readonly audio: number;
}

/** Whose lips follow a speech, in a stretch of the video. */
export interface SpeakerOption extends TimeRange {
  readonly face: FaceOption;
  /** Which of the speeches. */
  readonly speech: number;
}

/** What the options say of who speaks. */
export interface SpeakerOptions {
  audio?: MediaInput;
  face?: string | number | readonly (string | number)[];
  at?: number | string;
  speakers?: readonly (Speaker | string)[];
}

/** Returns a value of the option `speakers` as an object; undefined for text that is not `FACE=AUDIO[@START-END]`. */
export function speakerOf(value: Speaker | string): Speaker | undefined {
  if (typeof value !== 'string') return value;
  const match = /^([^=]+)=(.+)$/s.exec(value);
  if (!match) return undefined;
  const [, face, rest] = match;
  const { text, startSeconds, endSeconds } = rangeOf(rest);
  return { face, audio: text, start: startSeconds, end: endSeconds };
}

/** Returns a value of `speakers` with other paths. */
export function withSpeakerPaths(value: unknown, replaced: (path: string) => string | URL): unknown {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return value;
  const speaker = speakerOf(value as Speaker | string);
  if (!speaker) return value;
  const { face, audio } = speaker;
  return {
    ...speaker,
    face: withFacePath(face, replaced),
    audio: typeof audio === 'string' ? replaced(audio) : audio,
  };
}

function asArray<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Returns the recordings of a job, in the order of its speakers: one, unless `speakers` is given. The same one comes once. */
export function audiosOf({ audio, speakers }: SpeakerOptions): MediaInput[] {
  const audios = speakers ? speakers.map((speaker) => speakerOf(speaker)!.audio) : [audio!];
  return audios.filter((input, index) => audios.findIndex((other) => isSame(other, input)) === index);
}

function isSame(a: MediaInput, b: MediaInput): boolean {
  return a === b || (a instanceof URL && b instanceof URL && a.href === b.href);
}

/** Returns what is heard, and whose lips follow it. The options have been checked. */
export function resolveSpeakers(options: SpeakerOptions): {
  speeches: readonly SpeechOption[];
  speakers: readonly SpeakerOption[];
} {
  const { face = 'largest', at, speakers } = options;
  if (!speakers) {
    const stretches = asArray(face).map((value) => ({ speech: 0, ...faceStretchOf(value) }));
    return { speeches: [{ audio: 0, atSeconds: timeOf(at) }], speakers: stretches };
  }
  const audios = audiosOf(options);
  const given = speakers.map((speaker) => speakerOf(speaker)!);
  return {
    speeches: given.map(({ audio, start, end }) => ({
      audio: audios.findIndex((other) => isSame(other, audio)),
      atSeconds: timeOf(start),
      endSeconds: timeOf(end),
    })),
    speakers: given.map((speaker, speech) => ({ speech, face: faceOptionOf(speaker.face) })),
  };
}

/**
 * Checks what the options say of who speaks.
 *
 * @throws OptionError naming the option, the rule and the value.
 */
export function checkSpeakers(options: SpeakerOptions): void {
  const { audio, face, speakers } = options;
  for (const value of asArray(face ?? [])) {
    const { startSeconds = 0, endSeconds = Infinity } = faceStretchOf(value);
    if (endSeconds <= startSeconds) throw new OptionError('face', 'end after it starts', value);
  }
  if (speakers === undefined) {
    if (audio === undefined) throw new OptionError('audio', 'be given');
    return;
  }
  if (!Array.isArray(speakers) || speakers.length === 0 || speakers.length > MOST_SPEAKERS) {
    throw new OptionError('speakers', `be an array of 1 to ${MOST_SPEAKERS} speakers`, speakers);
  }
  for (const name of ['audio', 'face', 'at', 'audioStart', 'audioStream'] as const) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined) continue;
    throw new OptionError(name, wording`be left out with ${option('speakers')}, each of which has its own`, value);
  }
  for (const value of speakers) checkSpeaker(value as unknown);
}

function checkSpeaker(value: unknown): void {
  const isText = typeof value === 'string';
  const speaker =
    isText || (typeof value === 'object' && value !== null) ? speakerOf(value as Speaker | string) : undefined;
  if (!speaker) throw new OptionError('speakers', 'be FACE=AUDIO, FACE=AUDIO@START or FACE=AUDIO@START-END', value);
  const { face, audio, start, end } = speaker as Partial<Speaker>;
  const isFace =
    (typeof face === 'string' && face !== '') || (typeof face === 'number' && Number.isInteger(face) && face > 0);
  if (!isFace) throw new OptionError('speakers', 'each have a face: a word, a number from 1 on, or a picture', value);
  if (audio === '' || !isInput(audio))
    throw new OptionError('speakers', 'each have audio: a path, a URL, a Blob or bytes', value);
  const [startSeconds = 0, endSeconds = Infinity] = [start, end].map((time) => {
    const given = timeOf(time);
    if (time !== undefined && given === undefined)
      throw new OptionError('speakers', `give each start and end as ${TIME_RULE}`, value);
    return given;
  });
  if (endSeconds <= startSeconds) throw new OptionError('speakers', 'each end after they start', value);
}
