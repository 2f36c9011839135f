// Sound in the codecs, containers, sample formats, rates and channels that FFmpeg has: each channel's burst is heard where it was written.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodedSound, writeCoded } from '../../test/support/coded-media.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { readTrack } from './audio-reader.ts';
import { openAudio } from './input-file-node.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create('sound-formats-');
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const SECONDS = 0.5;
const PITCH = 500;
/** Half the length of a burst, to where it is a third as loud. Seconds. */
const WIDTH = 0.004;
const AMPLITUDE = 0.5;

/** A burst is a few periods of a tone that swell and fade. */
const burst = (seconds: number): number =>
  Math.cos(2 * Math.PI * PITCH * seconds) * Math.exp(-((seconds / WIDTH) ** 2));

/** When the burst of a channel comes: each has a time of its own. */
const burstTime = (channel: number): number => 0.15 + 0.02 * channel;

function bursts(sampleRate: number, numberOfChannels: number): Float32Array<ArrayBuffer>[] {
  const length = Math.round(SECONDS * sampleRate);
  return Array.from({ length: numberOfChannels }, (_, channel) =>
    Float32Array.from({ length }, (_, i) => AMPLITUDE * burst(i / sampleRate - burstTime(channel))),
  );
}

/** How far from its time a burst is looked for. Seconds. */
const SEARCHED = 0.05;

/** Finds the burst in a channel around a time: where it fits best, and how loud it is there. */
function findBurst(samples: Float32Array, sampleRate: number, around: number): { seconds: number; amplitude: number } {
  const reach = Math.round(3 * WIDTH * sampleRate);
  const shape = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => burst((i - reach) / sampleRate));
  const energy = shape.reduce((sum, value) => sum + value ** 2, 0);
  let best = { seconds: 0, amplitude: -Infinity };
  const first = Math.max(reach, Math.round((around - SEARCHED) * sampleRate));
  const last = Math.min(samples.length - 1 - reach, Math.round((around + SEARCHED) * sampleRate));
  for (let center = first; center <= last; center++) {
    let sum = 0;
    for (let i = 0; i < shape.length; i++) sum += shape[i] * samples[center - reach + i];
    if (sum / energy > best.amplitude) best = { seconds: center / sampleRate, amplitude: sum / energy };
  }
  return best;
}

interface Case extends Omit<CodedSound, 'channels' | 'sampleRate'> {
  format: string;
  codec: string;
  /** Default 48000. */
  sampleRate?: number;
  /** Default 1. */
  numberOfChannels?: number;
  containerOptions?: Record<string, string>;
  /** Run-up of the encoder, in seconds, of which the format does not tell: players give it as sound. Default 0. */
  runUp?: number;
}

const pcm = (format: string, encoder: string, samples: string, codec: string, rest: Partial<Case> = {}): Case => ({
  format,
  encoder,
  samples,
  codec,
  ...rest,
});

const sounds: Record<string, Case> = {
  'pcm-u8.wav': pcm('wav', 'pcm_u8', 'u8', 'pcm-u8', { sampleRate: 8000 }),
  'pcm-s16.wav': pcm('wav', 'pcm_s16le', 's16', 'pcm-s16', { numberOfChannels: 6 }),
  'pcm-s24.wav': pcm('wav', 'pcm_s24le', 's32', 'pcm-s24', { numberOfChannels: 8 }),
  'pcm-s32.wav': pcm('wav', 'pcm_s32le', 's32', 'pcm-s32', { sampleRate: 192000 }),
  'pcm-f32.wav': pcm('wav', 'pcm_f32le', 'flt', 'pcm-f32'),
  'pcm-f64.wav': pcm('wav', 'pcm_f64le', 'dbl', 'pcm-f64', { sampleRate: 96000 }),
  'more-than-4-gigabytes.wav': pcm('wav', 'pcm_s16le', 's16', 'pcm-s16', { containerOptions: { rf64: 'always' } }),
  'wave64.w64': pcm('w64', 'pcm_s16le', 's16', 'pcm-s16'),
  'a-law.wav': pcm('wav', 'pcm_alaw', 's16', 'alaw', { sampleRate: 8000 }),
  'mu-law.au': pcm('au', 'pcm_mulaw', 's16', 'ulaw', { sampleRate: 8000 }),
  'pcm-s16be.au': pcm('au', 'pcm_s16be', 's16', 'pcm-s16be', { sampleRate: 22050 }),
  'pcm-s24be.aiff': pcm('aiff', 'pcm_s24be', 's32', 'pcm-s24be'),
  'pcm-f64be.aifc': pcm('aiff', 'pcm_f64be', 'dbl', 'pcm_f64be'),
  'pcm-f32be.caf': pcm('caf', 'pcm_f32be', 'flt', 'pcm-f32be'),
  'pcm-s32be.mov': pcm('mov', 'pcm_s32be', 's32', 'pcm-s32be'),
  'adpcm-ima.wav': pcm('wav', 'adpcm_ima_wav', 's16p', 'adpcm_ima_wav', { sampleRate: 16000 }),
  'adpcm-ima.mov': pcm('mov', 'adpcm_ima_qt', 's16p', 'adpcm_ima_qt', { sampleRate: 44100 }),
  'adpcm-ms.wav': pcm('wav', 'adpcm_ms', 's16', 'adpcm_ms', { sampleRate: 22050, numberOfChannels: 2 }),
  'g726.wav': pcm('wav', 'g726', 's16', 'adpcm_g726', { sampleRate: 8000 }),
  'tta.tta': pcm('tta', 'tta', 's16', 'tta', { sampleRate: 44100, numberOfChannels: 2 }),
  'wavpack.wv': pcm('wv', 'wavpack', 's16p', 'wavpack', { sampleRate: 44100, numberOfChannels: 2 }),
  'wavpack-float.wv': pcm('wv', 'wavpack', 'fltp', 'wavpack', { sampleRate: 96000 }),
  'alac-24bit.m4a': pcm('ipod', 'alac', 's32p', 'alac', { sampleRate: 96000, numberOfChannels: 2 }),
  'flac.ogg': pcm('ogg', 'flac', 's16', 'flac'),
  'flac-24bit.flac': pcm('flac', 'flac', 's32', 'flac', { sampleRate: 192000, numberOfChannels: 2 }),
  'flac-7.1.flac': pcm('flac', 'flac', 's16', 'flac', { numberOfChannels: 8 }),
  'e-ac-3.eac3': { format: 'eac3', encoder: 'eac3', codec: 'eac3', numberOfChannels: 6, runUp: 256 / 48000 },
  'ac-3.ac3': { format: 'ac3', encoder: 'ac3', codec: 'ac3', numberOfChannels: 6, runUp: 256 / 48000 },
  'ac-3.mp4': { format: 'mp4', encoder: 'ac3', codec: 'ac3', numberOfChannels: 2 },
  'e-ac-3.mkv': { format: 'matroska', encoder: 'eac3', codec: 'eac3', numberOfChannels: 2 },
  'dts.dts': pcm('dts', 'dca', 's32', 'dts', { numberOfChannels: 2, runUp: 512 / 48000 }),
  'opus.opus': pcm('ogg', 'libopus', 'flt', 'opus'),
  'opus-7.1.opus': pcm('ogg', 'libopus', 'flt', 'opus', { numberOfChannels: 8, options: { mapping_family: 1 } }),
  'opus.webm': pcm('webm', 'libopus', 'flt', 'opus', { numberOfChannels: 2 }),
  'opus.mp4': pcm('mp4', 'libopus', 'flt', 'opus', { numberOfChannels: 2 }),
  'vorbis.ogg': { format: 'ogg', encoder: 'libvorbis', codec: 'vorbis', sampleRate: 44100, numberOfChannels: 2 },
  'vorbis.webm': { format: 'webm', encoder: 'libvorbis', codec: 'vorbis', sampleRate: 44100, numberOfChannels: 2 },
  'mp2.mp2': pcm('mp2', 'mp2', 's16', 'mp2', { sampleRate: 44100, numberOfChannels: 2, runUp: 481 / 44100 }),
  'mp2.mpg': pcm('mpeg', 'mp2', 's16', 'mp2', { numberOfChannels: 2, runUp: 481 / 48000 }),
  'mp3.mp3': { format: 'mp3', encoder: 'libmp3lame', codec: 'mp3', sampleRate: 44100, numberOfChannels: 2 },
  'mp3-8khz.mp3': { format: 'mp3', encoder: 'libmp3lame', codec: 'mp3', sampleRate: 8000 },
  'mp3.avi': { format: 'avi', encoder: 'libmp3lame', codec: 'mp3', sampleRate: 44100, runUp: 1105 / 44100 },
  'mp3.mkv': { format: 'matroska', encoder: 'libmp3lame', codec: 'mp3', sampleRate: 44100 },
  'aac.aac': { format: 'adts', encoder: 'aac', codec: 'aac', sampleRate: 44100, runUp: 1024 / 44100 },
  'aac.m4a': { format: 'ipod', encoder: 'aac', codec: 'aac', sampleRate: 44100, numberOfChannels: 2 },
  'aac-5.1.m4a': { format: 'ipod', encoder: 'aac', codec: 'aac', numberOfChannels: 6 },
  'aac.ts': { format: 'mpegts', encoder: 'aac', codec: 'aac', sampleRate: 44100, runUp: 1024 / 44100 },
  'mlp.mlp': pcm('mlp', 'mlp', 's16p', 'mlp', { numberOfChannels: 2 }),
  'true-hd.thd': pcm('truehd', 'truehd', 's32p', 'truehd', { numberOfChannels: 6, layout: '5.1(side)' }),
  'true-hd.mkv': pcm('matroska', 'truehd', 's32p', 'truehd', { numberOfChannels: 2 }),
  // The decoder takes two frames of run-up for granted, and this encoder makes one.
  'windows-media.wma': { format: 'asf', encoder: 'wmav2', codec: 'wmav2', sampleRate: 44100, runUp: -2048 / 44100 },
};

/** The channel for low frequencies, which passes no burst of 500 Hz, in 5.1 and 7.1. */
const LOW = 3;

describe.concurrent('the sound of', () => {
  it.each(Object.entries(sounds))('%s', async (name, { format, codec, containerOptions, runUp = 0, ...how }) => {
    const { sampleRate = 48000, numberOfChannels = 1 } = how;
    const path = join(folder.path, name);
    const audio = [{ ...how, sampleRate, channels: bursts(sampleRate, numberOfChannels) }];
    await writeCoded(path, { format, audio, options: containerOptions });
    await using sound = await openAudio(path);
    const channels = await readTrack(sound);
    expect(sound.info).toMatchObject({ codec, sampleRate, numberOfChannels });
    expect(Math.abs(channels[0].length / sampleRate - SECONDS)).toBeLessThan(0.05);
    for (const [channel, samples] of channels.entries()) {
      if (channel === LOW) continue;
      const expected = burstTime(channel) + runUp;
      const { seconds, amplitude } = findBurst(samples, sampleRate, expected);
      expect(Math.abs(seconds - expected)).toBeLessThan(0.001);
      expect(amplitude).toBeGreaterThan(0.9 * AMPLITUDE);
      expect(amplitude).toBeLessThan(1.05 * AMPLITUDE);
    }
  });

  it.each([
    ['burst.amr', 'amr_nb', 8000],
    ['burst.3gp', 'amr_nb', 8000],
    ['burst.awb', 'amr_wb', 16000],
    ['burst.gsm', 'gsm', 8000],
    ['burst.spx', 'speex', 16000],
  ])('%s, which FFmpeg only reads', async (name, codec, sampleRate) => {
    await using sound = await openAudio(fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url)));
    const [samples] = await readTrack(sound);
    expect(sound.info).toMatchObject({ codec, sampleRate, numberOfChannels: 1 });
    // These codecs are for speech and look ahead by up to 5 ms.
    const { seconds, amplitude } = findBurst(samples, sampleRate, burstTime(0));
    expect(Math.abs(samples.length / sampleRate - SECONDS)).toBeLessThan(0.05);
    expect(Math.abs(seconds - burstTime(0))).toBeLessThan(0.006);
    expect(amplitude).toBeGreaterThan(0.8 * AMPLITUDE);
  });
});
