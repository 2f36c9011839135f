// What was found in a video, in words for people.
import type { FacesSummary, VideoSpan } from '../pipelines/faces/faces-summary.ts';
import { printable } from '../util/printable.ts';
import { table } from './text-layout.ts';

/** Lines of each list that are shown; JSON has all. */
const MOST_LINES = 100;

/** Returns the name of the contact sheet of a video: `talk.faces.png` for `clips/talk.mp4`. */
export function sheetName(video: string | URL): string {
  const path = typeof video === 'string' ? video : video.pathname;
  const name = path.split(/[\\/]/).findLast((part) => part !== '') ?? 'video';
  return `${name.replace(/(?<=.)\.[^.]*$/, '')}.faces.png`;
}

/**
 * Returns a summary in several lines.
 *
 * @param sheet - the contact sheet that was written, if any.
 */
export function facesText(summary: FacesSummary, sheet: string | undefined): string {
  const { video, width, height, durationSeconds, frames, framesWithFace, shots, people, tracks, withoutFace } = summary;
  const paragraphs = [
    `${printable(video)}: ${count(frames, 'frame')}, ${width}×${height}, ${durationSeconds.toFixed(2)} s, ${count(shots, 'shot')}`,
  ];
  if (tracks.length === 0) paragraphs.push('No face was found.');
  else {
    const rows = tracks
      .toSorted((a, b) => a.person - b.person || a.track - b.track)
      .slice(0, MOST_LINES)
      .map(({ person, shot, fromSeconds, toSeconds, frames: own, faceWidth, turn, bridgedFrames }) => [
        String(person),
        String(shot),
        fromSeconds.toFixed(2),
        toSeconds.toFixed(2),
        String(own),
        `${Math.round(faceWidth)} px`,
        turn === undefined ? '' : `${Math.round(turn)}°`,
        String(bridgedFrames),
      ]);
    const heading = ['person', 'shot', 'from s', 'to s', 'frames', 'face width', 'turn', 'bridged'];
    paragraphs.push(peopleText(people.length));
    paragraphs.push(table([heading, ...rows], { right: heading.map((_, index) => index) }) + more(tracks.length));
    paragraphs.push(withoutText(frames - framesWithFace, withoutFace));
  }
  if (sheet !== undefined) paragraphs.push(`${printable(sheet)}: everybody, with numbers.`);
  return paragraphs.join('\n\n');
}

function withoutText(frames: number, spans: readonly VideoSpan[]): string {
  if (frames === 0) return 'Every frame shows a face.';
  const lines = spans.slice(0, MOST_LINES).map(({ fromSeconds, toSeconds, frames: own }) => {
    return `  ${fromSeconds.toFixed(2)} to ${toSeconds.toFixed(2)} s, ${count(own, 'frame')}`;
  });
  return `${count(frames, 'frame')} without a face:\n${lines.join('\n')}${more(spans.length)}`;
}

function peopleText(people: number): string {
  return people === 1 ? 'One person.' : `${people} people, numbered as they appear: --face takes these numbers.`;
}

function more(all: number): string {
  return all > MOST_LINES ? `\n  … and ${all - MOST_LINES} more` : '';
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
