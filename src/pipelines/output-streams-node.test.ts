// Whole jobs: the sound and the subtitles of what they write, and what is said of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AV_CODEC_ID_ASS, AV_CODEC_ID_SUBRIP } from 'node-av/constants';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine } from '../../test/fixtures/media/make-media.ts';
import { facePicture } from '../../test/support/clips.ts';
import { writeCoded } from '../../test/support/coded-media.ts';
import { keyFramesOf } from '../../test/support/in-process-media.ts';
import { readSubtitleTracks } from '../../test/support/in-process-subtitles.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { readTrack } from '../media/audio-reader.ts';
import { openAudio } from '../media/input-file-node.ts';
import type { LipsyncRunOptions } from './lipsync-options.ts';
import { LipsyncPipeline } from './lipsync-pipeline-node.ts';

const RATE = 48_000;
/** The video lasts 0.2 s, and the speech as long. */
const FRAMES = 5;

let folder: string;
let pipeline: LipsyncPipeline;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-streams-'));
  await writeSmallModel(path('model'));
  const { width, height, data } = facePicture();
  const pictures = Array.from({ length: FRAMES }, () => new Uint8ClampedArray(data));
  const sound = { encoder: 'flac', samples: 's16', sampleRate: RATE };
  await writeCoded(path('talk.mkv'), {
    format: 'matroska',
    video: [{ encoder: 'ffv1', width, height, pictures }],
    audio: [{ ...sound, channels: [sine(300, RATE, 0.2)] }],
    metadata: [{ language: 'eng' }, { language: 'eng' }],
    subtitles: [
      {
        codec: AV_CODEC_ID_SUBRIP,
        metadata: { language: 'eng' },
        cues: [
          { start: 0.04, duration: 0.06, data: 'one' },
          { start: 0.1, duration: 0.1, data: '<b>two</b>' },
        ],
      },
      {
        codec: AV_CODEC_ID_ASS,
        header: new Uint8Array(0),
        cues: [{ start: 0, duration: 0.2, data: '0,0,D,,0,0,0,,all' }],
      },
    ],
  });
  for (const [name, seconds] of [
    ['speech', 0.2],
    ['long', 0.4],
  ] as const) {
    await writeCoded(path(`${name}.mka`), {
      format: 'matroska',
      audio: [{ ...sound, channels: [sine(1500, RATE, seconds)] }],
      metadata: [{ language: 'fra' }],
    });
  }
  pipeline = await LipsyncPipeline.open({ model: path('model'), threads: 1 });
});
afterAll(async () => {
  await pipeline.close();
  await rm(folder, { recursive: true });
});

function run(output: string, options: Partial<LipsyncRunOptions> = {}) {
  const files = { video: path('talk.mkv'), audio: path('speech.mka'), output: path(output) };
  return pipeline.run({ ...files, steps: 1, cache: false, quiet: 'draw', ...options });
}

/** Returns the subtitles of a file, track by track: start, end and text. */
async function subtitlesOf(name: string): Promise<string[][]> {
  const tracks = await readSubtitleTracks(path(name));
  return tracks.map(({ shown }) => shown.map((line) => line.replace(/\0[^]*/, '')));
}

/** Returns how loud a tone is in sound, of what `sine` makes: 0 to 1. */
function toneIn(samples: Float32Array, frequency: number): number {
  const piece = samples.subarray(0.02 * RATE, 0.18 * RATE);
  const angle = (2 * Math.PI * frequency) / RATE;
  const cosine = piece.reduce((sum, value, index) => sum + value * Math.cos(angle * index), 0);
  const sines = piece.reduce((sum, value, index) => sum + value * Math.sin(angle * index), 0);
  return (4 * Math.hypot(cosine, sines)) / piece.length;
}

it("the video's own sound is under the speech as loud as asked for, and its subtitles keep their times", async () => {
  const { warnings } = await run('whole.mkv', { mix: 0.25, codec: 'hevc', keyframes: 0.08 });
  expect(warnings).toEqual([]);
  await using audio = await openAudio(path('whole.mkv'));
  expect(audio.info).toMatchObject({ sampleRate: RATE, language: 'fra' }); // that of the speech
  const [samples] = await readTrack(audio);
  expect(Math.abs(toneIn(samples, 300) - 0.25)).toBeLessThan(0.02);
  expect(Math.abs(toneIn(samples, 1500) - 1)).toBeLessThan(0.02);
  expect(await keyFramesOf(path('whole.mkv'))).toEqual({ codec: 'hevc', keyFrames: [0, 2, 4], frames: FRAMES });
  expect(await subtitlesOf('whole.mkv')).toEqual([
    ['0.040 0.100 one', '0.100 0.200 <b>two</b>'],
    ['0.000 0.200 0,0,D,,0,0,0,,all'],
  ]);
});

it('subtitles are those of the part that is shown, become text of the output, and end where the video repeats', async () => {
  const long = path('long.mka');
  const options = { audio: long, start: 0.04, preview: '0.2@0.04', codec: 'av1' } as const;
  const { frames, warnings } = await run('part.mp4', options);
  expect(frames).toBe(5);
  expect(warnings.map(({ kind }) => kind)).toEqual(['subtitles-changed']);
  // The preview begins at 0.08 s of the video, which ends at 0.2 s.
  expect(await subtitlesOf('part.mp4')).toEqual([['0.000 0.020 one', '0.020 0.120 two'], ['0.000 0.120 all']]);
  expect(await keyFramesOf(path('part.mp4'))).toMatchObject({ codec: 'av1', frames: 5 });
});
