// Whole jobs with the embedded model, on a clip and on the same clip ten times as long: peak memory, and how busy the networks are.
import { fork } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '../audio/wav.ts';
import { readTrack } from '../media/audio-reader.ts';
import { openAudio, openVideo } from '../media/input-file-node.ts';
import type { JobReportHead } from '../pipelines/job-report.ts';
import type { LipsyncOptions } from '../pipelines/lipsync-options.ts';
import type { VideoFrameData } from '../media/video-reader.ts';
import { createVideo } from '../media/video-file-writer-node.ts';
import { throwIfAborted } from '../util/abort.ts';
import { childProgram } from '../util/child-program-node.ts';
import { LatentSyncError } from '../util/errors.ts';
import type { Figure } from '../util/figure.ts';
import { printableLines } from '../util/printable.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { processTreeBytes } from './process-memory-node.ts';

const WIDTH = 1080;
const HEIGHT = 1920;
const FPS = 25;
const SECONDS = 10;
const REPEATED = 10;
/** Of the long clip: memory does not depend on the denoising steps. */
const FEW_STEPS = 1;
/** What the networks are promised to run of the time of drawing. */
const LEAST_BUSY = 0.85;
const SAMPLE_MILLISECONDS = 250;
const presenter = fileURLToPath(new URL('../../samples/presenter.mp4', import.meta.url));
const sampleSpeech = fileURLToPath(new URL('../../samples/speech.wav', import.meta.url));

/** How whole jobs are benchmarked. */
export interface SyncBenchmarkOptions {
  signal?: AbortSignal;
  /** Stage `sync`, in jobs. */
  onProgress?: OnProgress;
}

/** Writes the sample's speech, repeated to a length in seconds. */
async function writeSpeech(path: string, seconds: number): Promise<void> {
  await using audio = await openAudio(sampleSpeech);
  const { sampleRate } = audio.info;
  const [speech] = await readTrack(audio);
  const samples = Float32Array.from({ length: seconds * sampleRate }, (_, i) => speech[i % speech.length]);
  await writeFile(path, encodeWav({ sampleRate, channels: [samples] }));
}

/** Writes the bundled presenter, enlarged to a portrait video of a few seconds, played forward and backward. */
async function writeClip(path: string, seconds: number, signal: AbortSignal | undefined): Promise<void> {
  await using video = await openVideo(presenter);
  await using writer = await createVideo(path, { width: WIDTH, height: HEIGHT, frameRate: FPS });
  let written = 0;
  for (let reversed = false; written < seconds * FPS; reversed = !reversed) {
    for await (const frame of video.frames({ fps: FPS, reversed })) {
      throwIfAborted(signal);
      if (written === seconds * FPS) break;
      const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4).fill(96);
      enlarge(frame, data);
      await writer.add({ data, timestampSeconds: written / FPS, durationSeconds: 1 / FPS });
      written++;
    }
  }
  await writer.finish();
}

/** Draws a frame twice its size into the middle of a picture. */
function enlarge(frame: VideoFrameData, out: Uint8ClampedArray): void {
  const from = new Uint32Array(frame.data.buffer, frame.data.byteOffset, frame.width * frame.height);
  const to = new Uint32Array(out.buffer);
  const left = (WIDTH - 2 * frame.width) >> 1;
  const top = (HEIGHT - 2 * frame.height) >> 1;
  for (let y = 0; y < 2 * frame.height; y++) {
    for (let x = 0; x < 2 * frame.width; x++)
      to[(top + y) * WIDTH + left + x] = from[(y >> 1) * frame.width + (x >> 1)];
  }
}

/** Runs one job in a process of its own and returns the peak of its memory, and its seconds. */
async function measureJob(
  job: LipsyncOptions,
  signal: AbortSignal | undefined,
): Promise<{ bytes: number; seconds: number }> {
  const startedAt = performance.now();
  const { path, execArgv } = childProgram('benchmark/sync-job-node');
  const child = fork(path, [JSON.stringify(job)], {
    execArgv,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let bytes = 0;
  const sampler = setInterval(() => {
    bytes = Math.max(bytes, processTreeBytes(child.pid ?? 0) ?? 0);
  }, SAMPLE_MILLISECONDS);
  const stop = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    });
    throwIfAborted(signal);
    if (code !== 0)
      throw new LatentSyncError('runtime-failed', `The measured job failed.\n${printableLines(stderr.trim())}`);
    return { bytes, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    clearInterval(sampler);
    signal?.removeEventListener('abort', stop);
  }
}

/** Returns the share of the drawing in which networks ran, by the report of a job. */
async function networksBusy(report: string): Promise<number> {
  const { stages } = JSON.parse(await readFile(report, 'utf8')) as JobReportHead;
  const { seconds, parts = {} } = stages.find(({ stage }) => stage === 'sync')!;
  return parts.networks / (seconds - parts.finish);
}

/**
 * Returns the peak memory of `sync` with the embedded model on a portrait clip of 10 s and on one of 100 s, and how busy the networks are.
 *
 * @throws LatentSyncError `device-unavailable` on systems that do not report a process's memory (all but Linux).
 */
export async function benchmarkSync(options: SyncBenchmarkOptions = {}): Promise<Figure[]> {
  if (processTreeBytes(process.pid) === undefined) {
    throw new LatentSyncError('device-unavailable', 'The memory of processes can only be measured on Linux.');
  }
  const { signal } = options;
  const progress = new ProgressReporter('sync', 2, options.onProgress);
  progress.report(0);
  await using folder = await TemporaryFolder.create('latentsync-bench-');
  const report = join(folder.path, 'report.json');
  const peaks: { bytes: number; seconds: number }[] = [];
  for (const times of [1, REPEATED]) {
    const seconds = SECONDS * times;
    const video = join(folder.path, `clip-${times}.mp4`);
    const audio = join(folder.path, `speech-${times}.wav`);
    await writeClip(video, seconds, signal);
    await writeSpeech(audio, seconds);
    const job = { video, audio, output: join(folder.path, 'out.mp4'), quiet: 'draw' } as const;
    peaks.push(await measureJob(times === 1 ? { ...job, report } : { ...job, steps: FEW_STEPS }, signal));
    progress.report(peaks.length);
  }
  const [short, long] = peaks;
  return [
    { name: 'sync.peak-memory', value: short.bytes / 1e6, unit: 'MB', bound: { atMost: 1500 } },
    { name: 'sync.frame-time', value: (short.seconds / (SECONDS * FPS)) * 1000, unit: 'ms' },
    { name: 'sync.networks-busy', value: await networksBusy(report), unit: 'ratio', bound: { atLeast: LEAST_BUSY } },
    { name: 'sync.peak-memory-10x', value: long.bytes / 1e6, unit: 'MB' },
    { name: 'sync.peak-memory-growth', value: long.bytes / short.bytes, unit: 'ratio', bound: { atMost: 1.1 } },
  ];
}
