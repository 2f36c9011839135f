// The job that is killed: a video of several shots at uneven times, and speech that is longer, made of the samples.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAudio, openVideo } from '../../src/media/input-file-node.ts';
import { createVideo } from '../../src/media/video-file-writer-node.ts';
import { writeSmallModel } from '../support/small-model.ts';

const samples = fileURLToPath(new URL('../../samples', import.meta.url));

const SIZE = 256;
/** The first picture comes after the first sound. */
const START_SECONDS = 0.24;
/** How long pictures are shown, one after another. */
const DURATIONS = [0.04, 0.08, 0.04, 0.12] as const;
/** The speech is said so many times. */
const REPETITIONS = 4;

/** RGBA of {@link SIZE}². */
type Picture = Uint8ClampedArray<ArrayBuffer>;

/** Returns a square of a picture, shrunk to {@link SIZE}². */
function square(
  { width, data }: { width: number; data: Uint8ClampedArray },
  { left, top, side, mirrored = false }: { left: number; top: number; side: number; mirrored?: boolean },
): Picture {
  const picture = new Uint8ClampedArray(SIZE * SIZE * 4);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const column = left + Math.floor(((mirrored ? SIZE - 1 - x : x) * side) / SIZE);
      const from = (width * (top + Math.floor((y * side) / SIZE)) + column) * 4;
      picture.set(data.subarray(from, from + 4), (y * SIZE + x) * 4);
    }
  }
  return picture;
}

/** Yields the shots: the presenter, mirrored, a wall, and the presenter from close by. */
async function* pictures(): AsyncGenerator<Picture> {
  const wall = Uint8ClampedArray.from({ length: SIZE * SIZE * 4 }, (_, at) => (at % 4 === 3 ? 255 : 60 + (at >> 12)));
  await using video = await openVideo(join(samples, 'presenter.mp4'));
  for await (const frame of video.frames()) {
    const { index, width } = frame;
    if (index < 40) yield square(frame, { left: 0, top: 0, side: width });
    else if (index < 75) yield square(frame, { left: 0, top: 0, side: width, mirrored: true });
    else if (index < 90) yield wall;
    else yield square(frame, { left: width >> 3, top: width >> 3, side: (3 * width) >> 2 });
    video.recycle(frame);
  }
}

async function writeClip(path: string): Promise<void> {
  await using audio = await openAudio(join(samples, 'presenter.mp4'));
  const format = { width: SIZE, height: SIZE, frameRate: 25, variableFrameRate: true, audio };
  await using writer = await createVideo(path, format);
  let timestampSeconds = START_SECONDS;
  let index = 0;
  for await (const data of pictures()) {
    const durationSeconds = DURATIONS[index++ % DURATIONS.length];
    await writer.add({ data, timestampSeconds, durationSeconds });
    timestampSeconds += durationSeconds;
  }
  await writer.finish();
}

/** Writes the sample of speech several times over. */
async function writeSpeech(path: string): Promise<void> {
  const wav = await readFile(join(samples, 'speech.wav'));
  const dataAt = wav.indexOf('data') + 8;
  const sound = wav.subarray(dataAt);
  const head = Buffer.from(wav.subarray(0, dataAt));
  head.writeUInt32LE(dataAt - 8 + REPETITIONS * sound.length, 4);
  head.writeUInt32LE(REPETITIONS * sound.length, dataAt - 4);
  await writeFile(path, Buffer.concat([head, ...Array.from({ length: REPETITIONS }, () => sound)]));
}

/** The names of the inputs in their folder; the networks of the model are small. */
export const jobFiles = { video: 'video.mp4', audio: 'speech.wav', model: 'model' } as const;

/** Fills a folder with the inputs of the job, unless they are there. */
export async function makeJobFiles(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  await writeClip(join(unfinished, jobFiles.video));
  await writeSpeech(join(unfinished, jobFiles.audio));
  await writeSmallModel(join(unfinished, jobFiles.model));
  await rename(unfinished, folder);
}
