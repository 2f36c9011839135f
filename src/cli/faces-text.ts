// What was found in a video, in words for people.
import type { FacesSummary, PersonSummary, Usability, VideoSpan } from '../pipelines/faces/faces-summary.ts';
import type { FoundFaces } from '../pipelines/faces/find-faces-node.ts';
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
 * @param files - what was written beside it.
 */
export function facesText(
  summary: FacesSummary,
  files: Pick<FoundFaces, 'output' | 'overlay' | 'pointsTemplate'>,
): string {
  const { video, width, height, durationSeconds, frames, framesWithFace, shots, people, tracks, withoutFace } = summary;
  const paragraphs = [
    `${printable(video)}: ${count(frames, 'frame')}, ${width}×${height}, ${durationSeconds.toFixed(2)} s, ${count(shots, 'shot')}`,
  ];
  if (tracks.length === 0) paragraphs.push('No face was found.');
  else {
    const rows = tracks
      .toSorted((a, b) => a.person - b.person || a.track - b.track)
      .slice(0, MOST_LINES)
      .map(({ person, shot, fromSeconds, toSeconds, frames: own, faceWidth, turn, bridgedFrames, ...usability }) => [
        String(person),
        String(shot),
        fromSeconds.toFixed(2),
        toSeconds.toFixed(2),
        String(own),
        `${Math.round(faceWidth)} px`,
        turn === undefined ? '' : `${Math.round(turn)}°`,
        String(bridgedFrames),
        shareText(usability.usableFrames, own),
        reasonsText(usability),
      ]);
    const heading = ['person', 'shot', 'from s', 'to s', 'frames', 'face width', 'turn', 'bridged', 'usable', ''];
    paragraphs.push(peopleText(people));
    paragraphs.push(
      table([heading, ...rows], { right: heading.slice(0, -1).map((_, index) => index) }) + more(tracks.length),
    );
    paragraphs.push(withoutText(frames - framesWithFace, withoutFace));
  }
  const { output, overlay, pointsTemplate } = files;
  if (output !== undefined) paragraphs.push(`${printable(output)}: everybody, with numbers.`);
  if (overlay !== undefined) paragraphs.push(`${printable(overlay)}: the video with all that was found drawn in.`);
  if (pointsTemplate !== undefined) {
    const what = tracks.length === 0 ? 'points in the middle of the picture' : 'where the face was found';
    paragraphs.push(`${printable(pointsTemplate)}: ${what}, to be edited for --points.`);
  }
  return paragraphs.join('\n\n');
}

function withoutText(frames: number, spans: readonly VideoSpan[]): string {
  if (frames === 0) return 'Every frame shows a face.';
  const lines = spans.slice(0, MOST_LINES).map(({ fromSeconds, toSeconds, frames: own }) => {
    return `  ${fromSeconds.toFixed(2)} to ${toSeconds.toFixed(2)} s, ${count(own, 'frame')}`;
  });
  return `${count(frames, 'frame')} without a face:\n${lines.join('\n')}${more(spans.length)}`;
}

function peopleText(people: readonly PersonSummary[]): string {
  const lines = people.slice(0, MOST_LINES).map((person) => {
    const { usableFrames, frames } = person;
    const reasons = reasonsText(person);
    return `  person ${person.person}: ${usableFrames} of ${count(frames, 'frame')} can be redrawn${reasons && `; ${reasons}`}`;
  });
  const heading =
    people.length === 1
      ? 'One person.'
      : `${people.length} people, numbered as they appear: --face takes these numbers.`;
  return `${heading}\n${lines.join('\n')}${more(people.length)}`;
}

/** Returns a share in percent: `100 %` and `0 %` only where that is exact. */
function shareText(part: number, all: number): string {
  const percent = Math.round((100 * part) / all);
  return `${part === all ? 100 : part === 0 ? 0 : Math.min(99, Math.max(1, percent))} %`;
}

/** Returns why frames cannot be redrawn: `turned 12, cut-off 3`. */
function reasonsText({ unusable }: Usability): string {
  return Object.entries(unusable)
    .map(([reason, frames]) => `${reason} ${frames}`)
    .join(', ');
}

function more(all: number): string {
  return all > MOST_LINES ? `\n  … and ${all - MOST_LINES} more` : '';
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
