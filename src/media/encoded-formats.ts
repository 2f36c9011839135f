// Which formats of pictures each codec holds in each container, and which of them is nearest to one that it does not hold.
import { sameFormat, type PictureFormat } from '../tensor/picture.ts';
import { OptionError } from '../util/assert.ts';
import { option, wording } from '../util/wording.ts';
import { outputContainers, type VideoContainer } from './output-containers.ts';

/** A codec of pictures. */
export type VideoCodec = 'h264' | 'hevc' | 'av1' | 'vp9' | 'prores' | 'ffv1';

/** The codecs of pictures that are written. */
export const videoCodecs: readonly VideoCodec[] = ['h264', 'hevc', 'av1', 'vp9', 'prores', 'ffv1'];

/** How much time an encoder takes to make files smaller. */
export type EncodingPreset = 'fast' | 'medium' | 'slow';

/** All of them, from the fastest to the slowest. */
export const encodingPresets: readonly EncodingPreset[] = ['fast', 'medium', 'slow'];

/** What a codec holds. */
export interface CodecFacts {
  /** As people call it. */
  readonly name: string;
  readonly containers: readonly VideoContainer[];
  /** Bits of a sample, ascending. */
  readonly depths: readonly number[];
  /** Chroma formats, as {@link PictureFormat.chromaShift} counts them. */
  readonly chroma: readonly (readonly [x: number, y: number])[];
  /** Whether gray stays gray, instead of becoming 4:2:0 without color, which players show. */
  readonly gray: boolean;
  /** Depths in which red, green and blue stay what they are: always, or only without loss, which few players show otherwise. */
  readonly rgb?: { readonly depths: readonly number[]; readonly onlyLossless: boolean };
  /** The format of pictures that keep their opacity, and the containers in which they do; `any`: all formats. */
  readonly alpha?: { readonly format: PictureFormat | 'any'; readonly containers: readonly VideoContainer[] };
  readonly lossless: 'never' | 'asked' | 'always';
  /** Whether pictures of every size fit, rather than those of whole samples of chroma. */
  readonly anySize: boolean;
  /** Whether every picture is encoded by itself. */
  readonly intraOnly: boolean;
}

const C420 = [1, 1] as const;
const C422 = [1, 0] as const;
const C440 = [0, 1] as const;
const C444 = [0, 0] as const;

const alphaFormat = (depth: number, chromaShift: PictureFormat['chromaShift']): PictureFormat => ({
  ...{ colors: 'yuv', depth, chromaShift, alpha: true },
});

/** What each codec holds, as its encoder here writes it. */
export const codecFacts: Readonly<Record<VideoCodec, CodecFacts>> = {
  h264: {
    name: 'H.264',
    containers: ['mp4', 'mov', 'mkv'],
    depths: [8, 10],
    chroma: [C420, C422, C444],
    gray: false,
    rgb: { depths: [8], onlyLossless: true },
    ...{ lossless: 'asked', anySize: false, intraOnly: false },
  },
  hevc: {
    name: 'HEVC',
    containers: ['mp4', 'mov', 'mkv'],
    depths: [8, 10, 12],
    chroma: [C420, C422, C444],
    gray: false,
    rgb: { depths: [8, 10, 12], onlyLossless: true },
    ...{ lossless: 'asked', anySize: false, intraOnly: false },
  },
  av1: {
    name: 'AV1',
    containers: ['mp4', 'mkv', 'webm'],
    depths: [8, 10],
    chroma: [C420],
    gray: false,
    ...{ lossless: 'never', anySize: false, intraOnly: false },
  },
  vp9: {
    name: 'VP9',
    containers: ['mp4', 'mkv', 'webm'],
    depths: [8, 10, 12],
    chroma: [C420, C422, C444],
    gray: false,
    alpha: { format: alphaFormat(8, C420), containers: ['mkv', 'webm'] },
    ...{ lossless: 'asked', anySize: true, intraOnly: false },
  },
  prores: {
    name: 'ProRes',
    containers: ['mov', 'mkv'],
    depths: [10],
    chroma: [C422, C444],
    gray: false,
    alpha: { format: alphaFormat(10, C444), containers: ['mov', 'mkv'] },
    ...{ lossless: 'never', anySize: false, intraOnly: true },
  },
  ffv1: {
    name: 'FFV1',
    containers: ['mkv'],
    depths: [8, 10, 12],
    chroma: [C420, C422, C440, C444],
    gray: true,
    rgb: { depths: [8, 10, 12], onlyLossless: false },
    alpha: { format: 'any', containers: ['mkv'] },
    ...{ lossless: 'always', anySize: true, intraOnly: true },
  },
};

/** How a video is to be encoded. */
export interface EncodingOptions {
  codec?: VideoCodec;
  quality?: number;
  lossless?: boolean;
  encodingPreset?: EncodingPreset;
  keyframes?: number;
}

/**
 * Checks what is asked of a codec in a container, before any picture is known.
 *
 * @throws OptionError naming codec and container, and what would do.
 */
export function checkEncoding(options: EncodingOptions, container: VideoContainer): void {
  const { codec = defaultCodec(container, 8), quality, lossless, encodingPreset, keyframes } = options;
  const { name, containers, lossless: losslessKind, intraOnly } = codecFacts[codec];
  const { name: containerName } = outputContainers[container];
  if (!containers.includes(container)) {
    const fitting = videoCodecs.filter((other) => codecFacts[other].containers.includes(container));
    const others = containers.map((other) => outputContainers[other].extensions[0]);
    throw new OptionError(
      'codec',
      wording`be ${listed(fitting)} for ${containerName}, which does not hold ${name} here; ${name} goes into files named ${listed(others)}`,
      codec,
    );
  }
  if (losslessKind === 'never' && (lossless === true || quality === 0)) {
    const fitting = videoCodecs.filter(
      (other) => codecFacts[other].lossless !== 'never' && codecFacts[other].containers.includes(container),
    );
    const which = lossless === true ? 'lossless' : 'quality';
    throw new OptionError(
      which,
      wording`${which === 'quality' ? 'be above 0' : 'be left out'} with ${name}, which is not encoded without loss here; in ${containerName}, ${option('codec')} can be ${listed(fitting)} for that`,
      options[which],
    );
  }
  if (lossless === true && quality !== undefined && quality > 0) {
    throw new OptionError('quality', wording`be left out with ${option('lossless')}`, quality);
  }
  if (losslessKind === 'always' && quality !== undefined && quality > 0) {
    throw new OptionError('quality', wording`be left out with ${name}, which is always lossless`, quality);
  }
  if (intraOnly && keyframes !== undefined) {
    throw new OptionError(
      'keyframes',
      wording`be left out with ${name}, of which every frame is a key frame`,
      keyframes,
    );
  }
  if (intraOnly && encodingPreset !== undefined) {
    throw new OptionError('encodingPreset', wording`be left out with ${name}, which has one way only`, encodingPreset);
  }
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
}

/** Returns the codec of pictures of a depth in a container where none is asked for. */
export function defaultCodec(container: VideoContainer, depth: number): VideoCodec {
  if (container === 'webm') return 'vp9';
  return depth > 8 ? 'hevc' : 'h264';
}

/** What decides in which format a codec encodes pictures. */
export interface Encoding {
  codec: VideoCodec;
  container: VideoContainer;
  lossless: boolean;
}

/** Returns the format in which planes of a format are encoded: the same, or the nearest that loses least. */
export function encodedFormat(format: PictureFormat, { codec, container, lossless }: Encoding): PictureFormat {
  const { depths, chroma, gray, rgb, alpha } = codecFacts[codec];
  if (format.colors === 'rgb' && rgb?.depths.includes(format.depth) && (lossless || !rgb.onlyLossless)) {
    return { ...format, alpha: format.alpha && alpha !== undefined };
  }
  const depth = nearest(depths, format.depth);
  if (format.colors === 'gray') {
    return gray
      ? { ...format, depth }
      : { colors: 'yuv', depth, chromaShift: nearestChroma(chroma, C420), alpha: false };
  }
  if (format.alpha && alpha?.containers.includes(container) === true) {
    if (alpha.format !== 'any') return alpha.format;
    // FFmpeg has no 12-bit 4:2:0 with opacity.
    const isMissing = depth === 12 && format.chromaShift[1] > 0;
    return {
      colors: 'yuv',
      depth,
      chromaShift: isMissing ? C422 : nearestChroma(chroma, format.chromaShift),
      alpha: true,
    };
  }
  return { colors: 'yuv', depth, chromaShift: nearestChroma(chroma, format.chromaShift), alpha: false };
}

/** Returns the lowest of ascending numbers that is not below one, or the highest. */
function nearest(numbers: readonly number[], wanted: number): number {
  return numbers.find((number) => number >= wanted) ?? numbers[numbers.length - 1];
}

/** Returns the coarsest chroma that is not coarser than another in either direction, or else the finest one. */
function nearestChroma(
  choices: CodecFacts['chroma'],
  [x, y]: PictureFormat['chromaShift'],
): PictureFormat['chromaShift'] {
  const coarseness = ([cx, cy]: PictureFormat['chromaShift']): number => cx + cy;
  const enough = choices.filter(([cx, cy]) => cx <= x && cy <= y).sort((a, b) => coarseness(b) - coarseness(a));
  return enough.at(0) ?? [...choices].sort((a, b) => coarseness(a) - coarseness(b))[0];
}

/** Returns what is lost or changed where pictures of one format become another, in words; nothing where they stay what they are. */
export function formatChanges(from: PictureFormat, to: PictureFormat): string[] {
  if (sameFormat(from, to)) return [];
  const changes: string[] = [];
  if (from.alpha && !to.alpha) changes.push('the transparency is lost');
  if (from.depth > to.depth) changes.push(`${from.depth} bits become ${to.depth}`);
  const [kind, becomes] = [from, to].map(kindOf);
  const isFiner = to.chromaShift[0] <= from.chromaShift[0] && to.chromaShift[1] <= from.chromaShift[1];
  if (from.colors === 'rgb' ? to.colors !== 'rgb' : from.colors === 'yuv' && !isFiner) {
    changes.push(`${kind} becomes ${becomes}`);
  }
  return changes;
}

/** Names of chroma formats by their shifts. */
const chromaNames: Readonly<Record<string, string>> = {
  ...{ '1,1': '4:2:0', '1,0': '4:2:2', '0,1': '4:4:0', '0,0': '4:4:4', '2,0': '4:1:1', '2,2': '4:1:0' },
};

/** Returns what people call the colors of a format. */
export function kindOf({ colors, chromaShift }: PictureFormat): string {
  if (colors === 'yuv') return chromaNames[chromaShift.join()];
  return colors === 'gray' ? 'gray' : 'RGB';
}
