// Subtitles read in this process, by the parts that otherwise run in processes of their own.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { ShownPart, TrackCue } from '../../src/media/cue-track.ts';
import { FFmpegContainer } from '../../src/media/ffmpeg-container-node.ts';
import { FFmpegInput } from '../../src/media/ffmpeg-input-node.ts';
import { describeOthers, readSubtitles } from '../../src/media/ffmpeg-subtitles-node.ts';
import { believedTimes } from '../../src/media/frame-times.ts';
import { keptStreams, type KeptSubtitles, type OtherStream } from '../../src/media/other-streams.ts';
import { containerOf } from '../../src/media/output-containers.ts';

/** Longer than the files of tests. */
const READ_SECONDS = 99;

const limits = { pixels: 1e7, streams: 100, ...believedTimes };

/** Opens a file in this process, as the process that reads does. */
export async function withContainer<T>(path: string, use: (container: FFmpegContainer) => Promise<T> | T): Promise<T> {
  const bytes = await readFile(path);
  const read = (offset: number, length: number): Buffer => bytes.subarray(offset, offset + length);
  const container = await FFmpegContainer.open({ size: bytes.length, immediate: true, read }, extname(path), limits);
  try {
    return await use(container);
  } finally {
    await container.close();
  }
}

/** Returns what streams a video has beside its pictures and sound. */
export function otherStreamsOf(path: string): Promise<OtherStream[]> {
  return withContainer(path, (container) => describeOthers(new FFmpegInput(container, 'video').otherStreams));
}

/** Reads subtitles of a video as those of an output that shows a part of it. None may be lost. */
export async function readCues(path: string, kept: readonly KeptSubtitles[], shown: ShownPart): Promise<TrackCue[]> {
  const tracks = kept.map(({ index, source: { codec }, written }) => ({
    stream: index,
    from: codec,
    to: written.codec,
  }));
  return withContainer(path, async (container) => {
    const cues: TrackCue[] = [];
    for await (const { header, data } of readSubtitles(container, { tracks, ...shown }, () => undefined)) {
      if ('track' in header) cues.push({ ...header, data: data! });
      else if ('lost' in header && header.lost > 0) throw new Error(`${header.lost} subtitles are lost`);
    }
    return cues;
  });
}

/** Returns the tracks of a file, and their subtitles: start, end, text, and what WebVTT says more. */
export async function readSubtitleTracks(path: string) {
  const { subtitles: tracks } = keptStreams(await otherStreamsOf(path), containerOf(path));
  const lines: string[][] = tracks.map(() => []);
  const cues = await readCues(path, tracks, { fromSeconds: 0, toSeconds: READ_SECONDS });
  for (const { track, start, duration, data, identifier = '', settings = '' } of cues) {
    const { codec } = tracks[track].written;
    const text =
      codec === 'pgs' || codec === 'dvd'
        ? Buffer.from(data).toString('hex')
        : new TextDecoder().decode(data.subarray(codec === 'mov_text' ? 2 : 0));
    if (codec === 'pgs' && start === READ_SECONDS) continue; // what ends the last one
    lines[track].push(
      `${start.toFixed(3)} ${(start + duration).toFixed(3)} ${text} ${identifier} ${settings}`.trimEnd(),
    );
  }
  return tracks.map(({ written: { codec, metadata, disposition } }, index) => ({
    ...{ codec, ...metadata, disposition, shown: lines[index] },
  }));
}
