// Intact files to damage: every fixture, and a short clip or sound in each further container and codec that FFmpeg writes.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import { type CodedPictures, type CodedSound, encodeStill, writeCoded } from '../support/coded-media.ts';

const fixtureFolder = fileURLToPath(new URL('../fixtures/media', import.meta.url));

/** Pictures to make: those of a face, 256×256, unless another size is given. */
type PicturesRecipe = Pick<CodedPictures, 'encoder' | 'pixels' | 'options'> & {
  size?: readonly [width: number, height: number];
  /** Default 12. */
  frames?: number;
};

/** Sound to make: half a second of speech. */
type SoundRecipe = Pick<CodedSound, 'encoder' | 'samples' | 'options' | 'sampleRate'> & {
  /** Default 2. */
  channels?: number;
};

/** A file to make. */
interface SeedRecipe {
  /** FFmpeg's muxer; none for a still. */
  format?: string;
  video?: PicturesRecipe;
  audio?: SoundRecipe;
  options?: CodedPictures['options'];
}

const h264: PicturesRecipe = { encoder: 'libx264', options: { preset: 'ultrafast' } };
const hevc: PicturesRecipe = { encoder: 'libx265', options: { preset: 'ultrafast', 'x265-params': 'log-level=none' } };
const mpeg2: PicturesRecipe = { encoder: 'mpeg2video' };
const aac: SoundRecipe = { encoder: 'aac', sampleRate: 44100 };
const ac3: SoundRecipe = { encoder: 'ac3', sampleRate: 48000 };
const flac: SoundRecipe = { encoder: 'flac', samples: 's16', sampleRate: 16000 };
const mp2: SoundRecipe = { encoder: 'mp2', samples: 's16', sampleRate: 48000 };
const mp3: SoundRecipe = { encoder: 'libmp3lame', samples: 's16p', sampleRate: 22050 };
const opus: SoundRecipe = { encoder: 'libopus', samples: 'flt', sampleRate: 48000 };
const pcm: SoundRecipe = { encoder: 'pcm_s16le', samples: 's16', sampleRate: 16000 };
const vorbis: SoundRecipe = { encoder: 'libvorbis', sampleRate: 44100 };
const wma: SoundRecipe = { encoder: 'wmav2', sampleRate: 44100 };

const recipes: Readonly<Record<string, SeedRecipe>> = {
  'h264-aac.mp4': { format: 'mp4', video: h264, audio: aac },
  'fragmented.mp4': { format: 'mp4', video: h264, audio: aac, options: { movflags: 'frag_keyframe+empty_moov' } },
  'hevc.mp4': { format: 'mp4', video: hevc },
  'av1.mp4': { format: 'mp4', video: { encoder: 'libsvtav1', options: { preset: 12 } }, audio: opus },
  'mpeg4.3gp': { format: '3gp', video: { encoder: 'mpeg4' }, audio: aac },
  'dnxhd.mov': {
    format: 'mov',
    video: { encoder: 'dnxhd', pixels: 'yuv422p', size: [1280, 720], frames: 2, options: { b: '110M' } },
    audio: { encoder: 'pcm_s24le', samples: 's32', sampleRate: 48000 },
  },
  'animation.mov': {
    format: 'mov',
    video: { encoder: 'qtrle', pixels: 'rgb24', frames: 2 },
    audio: { encoder: 'adpcm_ima_qt', samples: 's16p', sampleRate: 22050 },
  },
  'vp8-vorbis.webm': { format: 'webm', video: { encoder: 'libvpx' }, audio: vorbis },
  'vp9-opus.webm': { format: 'webm', video: { encoder: 'libvpx-vp9', options: { 'cpu-used': 8 } }, audio: opus },
  'ffv1-flac.mkv': { format: 'matroska', video: { encoder: 'ffv1', frames: 4 }, audio: flac },
  'mpeg2-ac3.mkv': { format: 'matroska', video: mpeg2, audio: ac3 },
  'huffyuv.avi': {
    format: 'avi',
    video: { encoder: 'huffyuv', pixels: 'yuv422p', frames: 4 },
    audio: { encoder: 'adpcm_ms', samples: 's16', sampleRate: 22050 },
  },
  'mpeg4-mp3.avi': { format: 'avi', video: { encoder: 'mpeg4' }, audio: mp3 },
  'raw.avi': { format: 'avi', video: { encoder: 'rawvideo', pixels: 'bgr24', size: [64, 64], frames: 4 }, audio: pcm },
  'program-stream.mpg': { format: 'mpeg', video: { encoder: 'mpeg1video' }, audio: mp2 },
  'dvd.vob': { format: 'vob', video: mpeg2, audio: ac3 },
  'h264-aac.m2t': { format: 'mpegts', video: h264, audio: aac },
  'hevc-mp2.m2t': { format: 'mpegts', video: hevc, audio: mp2 },
  'theora-vorbis.ogv': { format: 'ogg', video: { encoder: 'libtheora' }, audio: vorbis },
  'flash.flv': { format: 'flv', video: { encoder: 'flv' }, audio: mp3 },
  'windows.asf': { format: 'asf', video: { encoder: 'msmpeg4' }, audio: wma },
  'broadcast.mxf': { format: 'mxf', video: mpeg2, audio: { encoder: 'pcm_s16le', samples: 's16', sampleRate: 48000 } },
  'tape.dv': { format: 'dv', video: { encoder: 'dvvideo', size: [720, 576], frames: 2 } },
  'mjpeg.nut': { format: 'nut', video: { encoder: 'mjpeg', pixels: 'yuvj420p' }, audio: pcm },
  'bare.h264': { format: 'h264', video: h264 },
  'bare.h265': { format: 'hevc', video: hevc },
  'bare.m2v': { format: 'mpeg2video', video: mpeg2 },
  'bare.ivf': { format: 'ivf', video: { encoder: 'libvpx' } },
  'raw.y4m': { format: 'yuv4mpegpipe', video: { encoder: 'wrapped_avframe', size: [64, 64], frames: 6 } },
  'animated.png': { format: 'apng', video: { encoder: 'apng', pixels: 'rgb24', frames: 3 } },
  'animated.webp': { format: 'webp', video: { encoder: 'libwebp_anim', frames: 6 } },
  'short.gif': { format: 'gif', video: { encoder: 'gif', pixels: 'rgb8', frames: 5 } },
  'still.png': { video: { encoder: 'png', pixels: 'rgb24' } },
  'still.webp': { video: { encoder: 'libwebp' } },
  'still.bmp': { video: { encoder: 'bmp', pixels: 'bgr24', size: [128, 128] } },
  'still.tiff': { video: { encoder: 'tiff', pixels: 'rgb24', size: [128, 128] } },
  'still.jxl': { video: { encoder: 'libjxl', pixels: 'rgb24' } },
  'still.jp2': { video: { encoder: 'jpeg2000', pixels: 'rgb24' } },
  'pcm-16.wav': { format: 'wav', audio: pcm },
  'pcm-8.wav': { format: 'wav', audio: { encoder: 'pcm_u8', samples: 'u8', sampleRate: 8000 } },
  'float.wav': { format: 'wav', audio: { encoder: 'pcm_f32le', samples: 'flt', sampleRate: 16000 } },
  'adpcm.wav': { format: 'wav', audio: { encoder: 'adpcm_ima_wav', samples: 's16p', sampleRate: 22050 } },
  'pcm-24.w64': { format: 'w64', audio: { encoder: 'pcm_s24le', samples: 's32', sampleRate: 16000 } },
  'sound.au': { format: 'au', audio: { encoder: 'pcm_mulaw', samples: 's16', sampleRate: 16000 } },
  'sound.mp3': { format: 'mp3', audio: mp3 },
  'sound.mp2': { format: 'mp2', audio: mp2 },
  'sound.aac': { format: 'adts', audio: aac },
  'sound.m4a': { format: 'ipod', audio: aac },
  'vorbis.ogg': { format: 'ogg', audio: vorbis },
  'flac.ogg': { format: 'ogg', audio: flac },
  'sound.opus': { format: 'opus', audio: opus },
  'sound.flac': { format: 'flac', audio: flac },
  'surround.flac': { format: 'flac', audio: { ...flac, channels: 8 } },
  'sound.tta': { format: 'tta', audio: { encoder: 'tta', samples: 's16', sampleRate: 16000 } },
  'sound.wv': { format: 'wv', audio: { encoder: 'wavpack', samples: 's16p', sampleRate: 16000 } },
  'sound.eac3': { format: 'eac3', audio: { encoder: 'eac3', sampleRate: 48000 } },
  'sound.dts': { format: 'dts', audio: { encoder: 'dca', samples: 's32', sampleRate: 48000 } },
  'sound.mka': { format: 'matroska', audio: pcm },
  'alac.caf': { format: 'caf', audio: { encoder: 'alac', samples: 's16p', sampleRate: 16000 } },
};

const face = new URL('../fixtures/faces/closed.png', import.meta.url);
const speech = new URL('../fixtures/golden/audio/speech.wav', import.meta.url);
const SPEECH_RATE = 16000;
/** Where in the fixture a word is spoken. Bytes. */
const SPEECH_START = 44 + SPEECH_RATE * 2;
const SECONDS = 0.5;

/** A face that grows darker. */
async function pictures({ size, frames = 12, ...recipe }: PicturesRecipe): Promise<CodedPictures> {
  const png = PNG.sync.read(await readFile(face));
  const [width, height] = size ?? [png.width, png.height];
  const picture = (index: number): Uint8ClampedArray<ArrayBuffer> =>
    Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => {
      const [x, y] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
      const source = Math.floor((y * png.height) / height) * png.width + Math.floor((x * png.width) / width);
      return png.data[4 * source + (at & 3)] - (at % 4 === 3 ? 0 : 4 * index);
    });
  return { ...recipe, width, height, pictures: Array.from({ length: frames }, (_, index) => picture(index)) };
}

async function sound({ channels = 2, ...recipe }: SoundRecipe): Promise<CodedSound> {
  const wav = await readFile(speech);
  const samples = Float32Array.from({ length: recipe.sampleRate * SECONDS }, (_, index) => {
    const source = Math.floor((index * SPEECH_RATE) / recipe.sampleRate);
    return wav.readInt16LE(SPEECH_START + 2 * source) / 32768;
  });
  return { ...recipe, channels: Array.from({ length: channels }, () => samples) };
}

async function makeSeed(path: string, { format, video, audio, options }: SeedRecipe): Promise<void> {
  if (format === undefined) {
    await writeFile(path, await encodeStill(await pictures({ ...video!, frames: 1 })));
    return;
  }
  await writeCoded(path, {
    format,
    video: video && [await pictures(video)],
    audio: audio && [await sound(audio)],
    options,
  });
}

/** Fills a folder with files to damage, unless it is there: the fixtures, and one of every further kind. */
export async function makeSeeds(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  process.env.SVT_LOG = '0'; // the AV1 encoder has a log of its own
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  for (const path of await fixtureFiles()) await copyFile(path, join(unfinished, basename(path)));
  for (const [name, recipe] of Object.entries(recipes)) await makeSeed(join(unfinished, name), recipe);
  await rename(unfinished, folder);
}

/** Returns the paths of the fixtures, ordered by name. */
export async function fixtureFiles(): Promise<string[]> {
  const names = (await readdir(fixtureFolder)).filter((name) => !/\.(ts|md)$/.test(name));
  return names.sort().map((name) => join(fixtureFolder, name));
}
