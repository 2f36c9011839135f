// Reads tracks of files (arguments: a file, then `video`, `audio` or `video,audio`, and so on) by the built library, as a user's program does, and prints for
// each file a line of JSON that says what came of it.
import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { openAudio, openVideo } from '../../dist/media/index-node.js';
import { LatentSyncError } from '../../dist/util/errors.js';

/** Errors that reached the program outside the calls that it made. */
const strays = [];
process.on('unhandledRejection', (error) => strays.push(`unhandled rejection: ${error?.stack ?? error}`));
process.on('uncaughtException', (error) => strays.push(`uncaught: ${error?.stack ?? error}`));

const TICK_MS = 5;
const schedule = `/proc/self/task/${process.pid}/schedstat`;
const hasSchedule = existsSync(schedule);

/** How long this thread ran so far, in milliseconds; where the system does not tell, all threads of the process. */
function ranMs() {
  if (hasSchedule) return Number(readFileSync(schedule, 'latin1').split(' ')[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** For how long the event loop did not turn, at most. Time in which others ran instead is no fault of this program. */
let blockedMs = 0;
let previous = { at: performance.now(), ran: ranMs() };
const clock = setInterval(() => {
  const [at, ran] = [performance.now(), ranMs()];
  blockedMs = Math.max(blockedMs, Math.min(at - previous.at - TICK_MS, ran - previous.ran));
  previous = { at, ran };
}, TICK_MS);

/** The most memory that the processes which this one has started took so far, in bytes. */
function mediaMemory() {
  if (process.platform !== 'linux') return 0;
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  return Math.max(0, ...children.map(peakMemory));
}

function peakMemory(pid) {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

async function read(work) {
  const started = performance.now();
  const result = { code: 'ok', items: 0, seconds: 0, mediaBytes: 0 };
  try {
    await work(result);
  } catch (error) {
    result.code = error instanceof LatentSyncError ? error.code : 'unexpected';
    result.message = result.code === 'unexpected' ? String(error?.stack ?? error) : error.message;
  }
  result.took = (performance.now() - started) / 1000;
  return result;
}

async function readPictures(path, result) {
  const video = await openVideo(path);
  try {
    result.seconds = video.info.durationSeconds;
    for await (const frame of video.frames()) {
      result.items++;
      video.recycle(frame);
    }
    // As they are stored, which takes another way through the program.
    for await (const picture of video.pictures()) video.recycle(picture);
    result.mediaBytes = mediaMemory();
  } finally {
    await video[Symbol.asyncDispose]();
  }
}

async function readSound(path, result) {
  const audio = await openAudio(path);
  try {
    for await (const { channels, sampleRate } of audio.chunks()) {
      result.items++;
      result.seconds += channels[0].length / sampleRate;
    }
    result.mediaBytes = mediaMemory();
  } finally {
    await audio[Symbol.asyncDispose]();
  }
}

const readers = { video: readPictures, audio: readSound };
const names = process.argv.slice(2);
for (let i = 0; i < names.length; i += 2) {
  const [path, tracks] = [names[i], names[i + 1].split(',')];
  blockedMs = 0;
  strays.length = 0;
  const readings = await Promise.all(tracks.map((track) => read((result) => readers[track](path, result))));
  const report = { ...Object.fromEntries(tracks.map((track, index) => [track, readings[index]])), strays, blockedMs };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
clearInterval(clock);
