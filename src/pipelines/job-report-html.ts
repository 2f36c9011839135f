// The report of a job as one HTML page without scripts: totals, times, and a timeline with thumbnails.
import { clockTime } from '../util/times.ts';
import {
  reportFrames,
  reportHead,
  type JobReportSource,
  type ReportFace,
  type ReportFrame,
  type ReportStage,
} from './job-report.ts';
import type { UnchangedReason } from './window-plan.ts';

/** Thumbnails in a line of the timeline, and lines at most. */
const ACROSS = 10;
const LINES = 6;
const LINE_SECONDS = 10;
/** Windows narrower than this part of a line cannot be told apart, and are not drawn. */
const NARROWEST_WINDOW = 0.004;

/** How the timeline of an output is divided. */
export interface TimelineLines {
  readonly lines: number;
  readonly lineSeconds: number;
  /** From one thumbnail to the next. */
  readonly thumbnailSeconds: number;
}

/** Returns how a timeline is divided: at most 60 thumbnails, at most four a second. */
export function timelineLines(durationSeconds: number): TimelineLines {
  const lines = Math.min(LINES, Math.max(1, Math.ceil(durationSeconds / LINE_SECONDS)));
  const lineSeconds = durationSeconds / lines;
  return { lines, lineSeconds, thumbnailSeconds: Math.max(0.25, lineSeconds / ACROSS) };
}

/** Frames that look the same on the timeline. */
interface Stretch {
  from: number;
  to: number;
  name: string;
  title: string;
}

/**
 * Returns the page.
 *
 * @param images - an address for each thumbnail of the record, such as a `data:` URL.
 */
export function reportHtml(source: JobReportSource, images: readonly string[]): string {
  const { totals, stages, warnings, options, inputs, program, output, model } = reportHead(source);
  const unchanged = Object.entries(totals.unchanged).filter(([, frames]) => frames > 0);
  const facts = [
    ['Video', inputs.video],
    ['Audio', inputs.audios.join(', ')],
    ...(inputs.points === undefined ? [] : [['Places of the face', inputs.points]]),
    ['Output', `${totals.width}×${totals.height}, ${durationText(totals.durationSeconds)}, ${totals.frames} frames`],
    ['Redrawn', `${totals.changedFrames} frames in ${totals.windows} windows`],
    ...unchanged.map(([why, frames]) => ['Unchanged', `${frames} frames: ${reasons[why as UnchangedReason]}`]),
    ...(totals.bridgedFaces === 0
      ? []
      : [['Interpolated', `${totals.bridgedFaces} faces, which were not found in their frames`]]),
    ['Time', durationText(totals.elapsedSeconds)],
    ['Model', model],
    ['Program', `${program.name} ${program.version}`],
  ];
  const settings = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]],
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(output)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(output)}</h1>
${list(facts)}
<h2>Timeline</h2>
${timeline(source, images)}
<h2>Times</h2>
<table>${stages.map((stage) => stageRows(stage, totals.elapsedSeconds)).join('')}</table>
<h2>Warnings</h2>
${warnings.length === 0 ? '<p>None.</p>' : `<ul>${warnings.map(({ message }) => `<li>${escaped(message)}</li>`).join('')}</ul>`}
<h2>Options</h2>
${list(settings)}
</body>
</html>
`;
}

const reasons: Readonly<Record<UnchangedReason, string>> = {
  'no-face': 'no face was found',
  'no-speech': 'nothing is heard',
  quiet: 'nobody speaks',
  turned: 'the face is turned away',
  'cut-off': 'the mouth is outside the picture',
  hidden: 'something is before the mouth',
  blurred: 'the mouth is blurred',
  dissolve: 'the picture turns into another one',
  'not-chosen': 'nobody is chosen at that time',
  taken: 'the face follows another speech',
};

/** Returns seconds, and from a minute on what a clock would show as well. */
function durationText(seconds: number): string {
  return `${seconds.toFixed(2)} s${seconds < 60 ? '' : ` (${clockTime(seconds, false)})`}`;
}

function list(entries: readonly (readonly string[])[]): string {
  return `<dl>${entries.map(([term, text]) => `<dt>${escaped(term)}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>`;
}

function stageRows({ stage, seconds, framesPerSecond, kept, parts = {} }: ReportStage, whole: number): string {
  const rate = kept ? 'kept from an earlier job' : framesPerSecond ? `${framesPerSecond.toFixed(1)} frames/s` : '';
  const row = (name: string, value: number, note: string, kind: string): string =>
    `<tr class="${kind}"><th>${escaped(name)}</th><td>${value.toFixed(2)} s</td>` +
    `<td class="bar"><b style="width:${percent(value / whole)}"></b></td><td>${note}</td></tr>`;
  const own = Object.entries(parts).map(([name, value]) => row(name, value, '', 'part'));
  return row(stage, seconds, rate, 'stage') + own.join('');
}

function timeline(source: JobReportSource, images: readonly string[]): string {
  const { durationSeconds } = source.timeline;
  const { lines, lineSeconds } = timelineLines(durationSeconds);
  const bars = speakersOf(source).map((speaker) =>
    stretches(source, (frame) => faceStretch(frame, speaker), lineSeconds),
  );
  // Of several lanes, the windows overlap.
  const windows = source.lanes.length === 1 ? stretches(source, (frame) => windowStretch(frame), lineSeconds) : [];
  const shown = isWide(windows, lineSeconds) ? windows : [];
  const withTenths = durationSeconds < 600;
  const figures = Array.from({ length: lines }, (_, line) => {
    const from = line * lineSeconds;
    const place = (seconds: number): string => percent((seconds - from) / lineSeconds);
    const thumbnails = source.record.thumbnails.flatMap(({ seconds, frame, image }, index) =>
      seconds >= from && seconds < from + lineSeconds
        ? [
            `<img src="${escaped(images[index])}" width="${image.width}" height="${image.height}" alt="" ` +
              `title="${seconds.toFixed(2)} s, frame ${frame}" style="left:${place(seconds)}">`,
          ]
        : [],
    );
    const size = source.record.thumbnails.at(0)?.image;
    const aspect = size ? `style="--aspect:${size.width}/${size.height}"` : '';
    return (
      `<figure><figcaption>${clockTime(from, withTenths)}</figcaption><div class="pictures" ${aspect}>${thumbnails.join('')}</div>` +
      `${[...bars, shown].map((stretchesOf) => lane(stretchesOf, from, lineSeconds)).join('')}</figure>`
    );
  });
  const key =
    '<i class="face"></i><i class="face track1"></i>redrawn, in turns from track to track <i class="bridged"></i>redrawn, face interpolated ' +
    '<i class="no-face"></i>no face <i class="no-speech"></i>no audio <i class="quiet"></i>nobody speaks <i class="turned"></i>turned away <i class="cut-off"></i>cut off <i class="hidden"></i>hidden <i class="blurred"></i>blurred <i class="dissolve"></i>dissolve <i class="closed"></i>drawn closed ' +
    '<i class="not-chosen"></i>not chosen, or taken by another speaker' +
    (bars.length > 1 ? '; one line for each speaker, and the last for those who are silent' : '') +
    (shown.length === 0 ? '' : ' <i class="window"></i><i class="window track1"></i>windows');
  return `<p class="key">${key}</p>\n${figures.join('\n')}`;
}

function isWide(windows: readonly Stretch[], lineSeconds: number): boolean {
  const total = windows.reduce((sum, { from, to }) => sum + to - from, 0);
  return total / windows.length / lineSeconds >= NARROWEST_WINDOW;
}

function lane(all: readonly Stretch[], from: number, seconds: number): string {
  const inLine = all.filter((stretch) => stretch.to > from && stretch.from < from + seconds);
  if (inLine.length === 0) return '';
  const bars = inLine.map(({ from: begin, to, name, title }) => {
    const left = Math.max(0, (begin - from) / seconds);
    const right = Math.min(1, (to - from) / seconds);
    return `<rect class="${name}" x="${percent(left)}" width="${percent(right - left)}" height="100%"><title>${escaped(title)}</title></rect>`;
  });
  return `<svg class="lane">${bars.join('')}</svg>`;
}

/** Returns the speakers of a job, and undefined for those who are silent, if mouths are closed of any. */
function speakersOf({ lanes }: JobReportSource): (number | undefined)[] {
  return [...new Set(lanes.map(({ speaker }) => (speaker === undefined ? undefined : speaker + 1)))];
}

function faceStretch({ faces }: ReportFrame, speaker: number | undefined): [name: string, title: string] | undefined {
  const own = faces.filter((face) => face.speaker === speaker);
  const face = own.find(({ changed }) => changed) ?? own.at(0);
  return face && faceLook(face);
}

function faceLook({
  speaker,
  changed,
  track,
  person,
  bridged,
  closed,
  why,
}: ReportFace): [name: string, title: string] {
  const who = speaker === undefined ? 'silent' : `speaker ${speaker}`;
  if (!changed) return [why!, `${who}: ${reasons[why!]}`];
  const what = `${who}: person ${person}, track ${track}`;
  if (closed) return ['closed', `${what}, closed`];
  return [`${bridged ? 'bridged' : 'face'} track${track! % 2}`, `${what}${bridged ? ', interpolated' : ''}`];
}

function windowStretch({ faces: [{ windows }] }: ReportFrame): [name: string, title: string] | undefined {
  const last = windows?.at(-1);
  return last === undefined ? undefined : [`window track${last % 2}`, `window ${last}`];
}

/** Returns the stretches in which frames look the same; a very short one is shown with the one before. */
function stretches(
  source: JobReportSource,
  look: (frame: ReportFrame) => [name: string, title: string] | undefined,
  lineSeconds: number,
): Stretch[] {
  const found: Stretch[] = [];
  const least = lineSeconds / 2000;
  for (const frame of reportFrames(source)) {
    const from = frame.seconds;
    const to = from + source.timeline.duration(frame.frame);
    const looks = look(frame);
    if (!looks) continue;
    const [name, title] = looks;
    const last = found.at(-1);
    const touches = last !== undefined && from - last.to < 1e-6;
    if (touches && (last.title === title || last.to - last.from < least)) last.to = to;
    else found.push({ from, to, name, title });
  }
  return found;
}

function percent(fraction: number): string {
  return `${Number((100 * fraction).toFixed(3))}%`;
}

/** Returns text for HTML, in elements and in attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c1c1e, #ececec); --paper: light-dark(#fff, #161618);
  --soft: light-dark(#666, #a0a0a0); --line: light-dark(#ddd, #3a3a3c); }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.5rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0; } figcaption { color: var(--soft); font-size: .85rem; }
.pictures { position: relative; width: 100%; overflow: hidden; aspect-ratio: calc(10 * (var(--aspect, 1))); max-height: 12rem; }
.pictures img { position: absolute; top: 0; width: 9.8%; height: 100%; object-fit: contain; transform: translateX(-50%); }
.lane { display: block; width: 100%; height: 14px; margin-top: 3px; }
.key i { display: inline-block; width: 1em; height: .8em; margin: 0 .3em 0 1em; } .key i + .track1 { margin-left: -.3em; }
.face { fill: #2f9e5f; background: #2f9e5f; } .face.track1 { fill: #2a78b8; background: #2a78b8; }
.bridged { fill: #d9a520; background: #d9a520; }
.no-face { fill: #b0413e; background: #b0413e; } .no-speech { fill: #8a8a8e; background: #8a8a8e; }
.turned { fill: #d08a3e; background: #d08a3e; } .cut-off { fill: #c9a96b; background: #c9a96b; }
.hidden { fill: #a5563f; background: #a5563f; } .blurred { fill: #b9a3a0; background: #b9a3a0; } .dissolve { fill: #8d7f6d; background: #8d7f6d; }
.not-chosen, .taken { fill: #dcdce2; background: #dcdce2; }
.quiet { fill: #c4c4c9; background: #c4c4c9; } .closed { fill: #7fbf9b; background: #7fbf9b; }
.window { fill: #8f7ac2; background: #8f7ac2; } .window.track1 { fill: #b9a9e0; background: #b9a9e0; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: normal; }
td, th { padding: .1rem .8rem .1rem 0; } td:nth-child(2) { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.stage th { font-weight: 600; } .part th { padding-left: 1.2rem; color: var(--soft); }
.bar { width: 50%; } .bar b { display: block; height: .7em; min-width: 1px; background: #2a78b8; }
`;
