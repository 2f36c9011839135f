// Which media codecs are available: a short video with sound is written and read back, and the process that reads media says what else it decodes.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav } from '../../audio/wav.ts';
import { openAudio, openVideo } from '../../media/input-file-node.ts';
import { listDecoders } from '../../media/list-decoders-node.ts';
import type { MediaDecoders } from '../../media/media-host-protocol.ts';
import { createVideo } from '../../media/video-file-writer-node.ts';
import { messageOf } from '../../util/errors.ts';
import { TemporaryFolder } from '../../util/temporary-paths-node.ts';

/** What can be done with one codec. */
export interface CodecState {
  readonly codec: string;
  readonly decodes: boolean;
  /** Undefined where encoding is never needed. */
  readonly encodes?: boolean;
  /** Why it does not work. */
  readonly reason?: string;
}

/** What is only decoded, and often met; in lower case these are the short names of the codecs. */
const oftenMet = ['HEVC', 'VP8', 'VP9', 'AV1', 'ProRes', 'MP3', 'Opus', 'Vorbis', 'FLAC', 'ALAC'];

/** What was found out about codecs. */
export interface CodecReport {
  readonly codecs: readonly CodecState[];
  /** All codecs that can be decoded, by their short names; none when the process that reads media does not start. */
  readonly decoders: MediaDecoders;
}

/** Returns what can be done with each codec; H.264 and AAC are tried for real. */
export async function tryCodecs(signal: AbortSignal): Promise<CodecReport> {
  await using folder = await TemporaryFolder.create('latentsync-doctor-');
  const file = join(folder.path, 'video.mp4');
  const written = await attempt(() => writeShortVideo(folder.path, file));
  const video = written ?? (await attempt(() => readVideo(file)));
  const audio = written ?? (await attempt(() => readAudio(file)));
  let decoders: MediaDecoders = { video: [], audio: [] };
  const listed = await attempt(async () => {
    decoders = await listDecoders(signal);
  });
  const both = (codec: string, reason: string | undefined): CodecState =>
    reason === undefined
      ? { codec, decodes: true, encodes: true }
      : { codec, decodes: false, encodes: written === undefined, reason };
  const known = new Set([...decoders.video, ...decoders.audio]);
  const read = oftenMet.map((codec) => ({ codec, decodes: known.has(codec.toLowerCase()), reason: listed }));
  return { codecs: [both('H.264', video), both('AAC', audio), ...read], decoders };
}

/** Returns why the work failed, or undefined. */
async function attempt(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return messageOf(error).split('\n')[0];
  }
}

const WIDTH = 64;
const HEIGHT = 48;
const FRAMES = 5;
const FRAME_RATE = 25;
const SAMPLE_RATE = 16000;

async function writeShortVideo(folder: string, file: string): Promise<void> {
  const sound = join(folder, 'sound.wav');
  const samples = new Float32Array((SAMPLE_RATE * FRAMES) / FRAME_RATE).fill(0.1);
  await writeFile(sound, encodeWav({ sampleRate: SAMPLE_RATE, channels: [samples] }));
  await using audio = await openAudio(sound);
  await using writer = await createVideo(file, { width: WIDTH, height: HEIGHT, frameRate: FRAME_RATE, audio });
  const data = new Uint8Array(WIDTH * HEIGHT * 4).fill(128);
  for (let index = 0; index < FRAMES; index++) {
    await writer.add({ data, timestampSeconds: index / FRAME_RATE, durationSeconds: 1 / FRAME_RATE });
  }
  await writer.finish();
}

async function readVideo(file: string): Promise<void> {
  await using video = await openVideo(file);
  let count = 0;
  for await (const frame of video.frames()) count += frame.data.length > 0 ? 1 : 0;
  if (count !== FRAMES) throw new Error(`gives ${count} of ${FRAMES} frames`);
}

async function readAudio(file: string): Promise<void> {
  await using audio = await openAudio(file);
  let samples = 0;
  for await (const { channels } of audio.chunks()) samples += channels[0].length;
  if (samples === 0) throw new Error('gives no samples');
}
