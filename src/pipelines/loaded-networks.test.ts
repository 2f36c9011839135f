// What is loaded, counted in sessions: once for any number of jobs, and again only when it has to be.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { writeFaceClip } from '../../test/support/clips.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { openAudio, openVideo } from '../media/input-file-node.ts';
import { createVideo } from '../media/video-file-writer-node.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { openSileroVad } from './audio/speech-detector-node.ts';
import { openFaceLandmarker } from './faces/face-landmarker-node.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';
import { resolveLipsyncOptions } from './lipsync-options.ts';
import { lipsyncVideo } from './lipsync-pipeline.ts';
import { LoadedNetworks } from './loaded-networks.ts';
import { planLipsync } from './plan-lipsync.ts';

let folder: string;
let sessions = 0;
let runtimes: Runtime[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-loaded-'));
  await writeSmallModel(join(folder, 'model'));
  await writeFaceClip(join(folder, 'face.mp4'), 3);
  await writeWav(join(folder, 'speech.wav'), 16000, [sine(200, 16000, 3 / 25)]);
});
afterAll(() => rm(folder, { recursive: true }));

/** A runtime whose sessions are counted. */
function countedRuntime(): Runtime {
  const runtime = createRuntime({ threads: 1 });
  const createSession = runtime.createSession.bind(runtime);
  runtime.createSession = (...of) => {
    sessions++;
    return createSession(...of);
  };
  runtimes.push(runtime);
  return runtime;
}

function networksOf(model: LipsyncModel): LoadedNetworks {
  return new LoadedNetworks({
    model,
    createRuntime: countedRuntime,
    openLandmarker: openFaceLandmarker,
    openVad: openSileroVad,
  });
}

it('networks are loaded for the first job, and again only for DeepCache or in a new runtime', async () => {
  runtimes = [];
  await using model = await openLipsyncModel(join(folder, 'model'));
  await using networks = networksOf(model);
  await using video = await openVideo(join(folder, 'face.mp4'));
  await using audio = await openAudio(join(folder, 'speech.wav'));
  /** Does a job with the shipped assembly; returns how many sessions it made. */
  const sessionsOf = async (deepCacheInterval: number): Promise<number> => {
    const before = sessions;
    const options = { video: '', audio: '', output: join(folder, 'out.mp4'), steps: 1, deepCacheInterval };
    const settings = resolveLipsyncOptions({ ...options, quiet: 'close' }, model.defaults);
    const plan = await planLipsync({ video, audios: [audio] }, settings, { networks });
    const openWriter = createVideo.bind(undefined, options.output);
    const { framesWithFace } = await lipsyncVideo({ video, audios: [audio], plan, settings, networks, openWriter });
    expect(framesWithFace).toBe(3);
    return sessions - before;
  };

  expect(networks.isLoaded).toBe(false);
  const first = await sessionsOf(1);
  expect(first).toBe(4 + 2 + 1); // encoder of sound, autoencoder's two halves, UNet; two networks for faces; one for speech
  expect(networks.isLoaded).toBe(true);
  const analysis = 2 + 1; // faces and speech, whose memory drawing takes
  expect(await sessionsOf(1)).toBe(analysis);
  expect(await sessionsOf(2)).toBe(5 + analysis); // the UNet in two parts
  expect(await sessionsOf(3)).toBe(analysis);
  await runtimes[0][Symbol.asyncDispose]();
  expect(networks.isLoaded).toBe(false);
  expect(await sessionsOf(2)).toBe(5 + 2 + 1);
  expect(runtimes).toHaveLength(2);
});

it('what finds faces and speech in a minute or more has a runtime of its own, which ends before drawing', async () => {
  runtimes = [];
  await using model = await openLipsyncModel(join(folder, 'model'));
  await using networks = networksOf(model);
  const short = await networks.vad({ seconds: 59 });
  const long = await networks.vad({ seconds: 60 });
  expect(await networks.vad({ seconds: 3600 })).toBe(long);
  expect(long).not.toBe(short);
  await networks.landmarker({ reference: false, seconds: 3600 });
  expect(runtimes).toHaveLength(2);
  await networks.closeAnalysis();
  expect(runtimes.map(({ closed }) => closed)).toEqual([false, true]);
  await networks.vad({ seconds: 60 });
  expect(runtimes).toHaveLength(3);
  await networks[Symbol.asyncDispose]();
  expect(runtimes.every(({ closed }) => closed)).toBe(true);
});
