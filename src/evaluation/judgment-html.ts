// Judgments as one HTML page without scripts: verdicts, plots over time, a histogram of offsets, opening against loudness, worst moments.
import { JUDGED_RATE, type PersonJudgment, type VideoJudgment } from './judgment.ts';
import type { WorstMoment } from './worst-moments.ts';

/** A judged video, as the page shows it. */
export interface JudgedPage {
  readonly judgment: VideoJudgment;
  /** NaN where there is no sound. */
  readonly loudness: Float64Array;
  /** Of each person; NaN where the mouth is not seen. */
  readonly openings: readonly Float64Array[];
  readonly moments: readonly WorstMoment[];
}

/** Words of whoever shows the page. */
export interface PageWords {
  /** The verdict as a phrase. */
  readonly verdict: (judgment: VideoJudgment | PersonJudgment) => string;
  /** What was measured, by name. */
  readonly figures: (person: PersonJudgment) => readonly (readonly [name: string, value: string])[];
}

/** Points of a plot at most: of longer videos, means are shown. */
const MOST_POINTS = 600;

const WIDTH = 960;
const HEIGHT = 140;

/** Dots of opening against loudness, at most. */
const MOST_DOTS = 1500;

/**
 * Returns the page.
 *
 * @param imageUrl - returns an address for faces side by side, such as a `data:` URL.
 */
export function judgmentHtml(
  pages: readonly JudgedPage[],
  { words, imageUrl }: { words: PageWords; imageUrl: (faces: WorstMoment['faces']) => string },
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lips and sound: ${escaped(pages.map(({ judgment }) => judgment.video).join(', '))}</title>
<style>${STYLE}</style>
</head>
<body>
${pages.map((page) => video(page, words, imageUrl)).join('\n')}
</body>
</html>
`;
}

function video(page: JudgedPage, words: PageWords, imageUrl: (faces: WorstMoment['faces']) => string): string {
  const { judgment } = page;
  const people = judgment.people.map((person, index) => {
    const opening = page.openings[index];
    const title =
      judgment.people.length > 1 ? `<h2>Person ${person.person}: ${escaped(words.verdict(person))}</h2>` : '';
    return `${title}
<ul>${person.reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('')}</ul>
<dl>${words
      .figures(person)
      .map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`)
      .join('')}</dl>
${overTime(opening, page.loudness, judgment.durationSeconds)}
${bySecond(person, judgment.durationSeconds)}
<div class="pair">${histogram(person)}${scatter(opening, page.loudness, person.agreement?.lag ?? 0)}</div>`;
  });
  const moments = page.moments.map(({ second, correlation, faces, sourceFaces }) => {
    const strips = [faces, sourceFaces].filter((strip) => strip.length > 0);
    return (
      `<figure><figcaption>Second ${second}: correlation ${correlation.toFixed(2)}</figcaption>` +
      `${strips.map((strip) => `<img class="strip" src="${escaped(imageUrl(strip))}" alt="">`).join('')}</figure>`
    );
  });
  const withSource = page.moments.some(({ sourceFaces }) => sourceFaces.length > 0);
  const worst =
    moments.length === 0
      ? ''
      : `<h2>Worst moments</h2><p>Where the sound explains the mouth the least${withSource ? '; below, the source' : ''}.</p>${moments.join('')}`;
  return `<section>
<h1>${escaped(judgment.video)}</h1>
<p class="verdict ${judgment.verdict}">${escaped(words.verdict(judgment))}</p>
${people.join('\n')}
${worst}
</section>`;
}

/** The opening above, the loudness below, both scaled to what they reach. */
function overTime(opening: Float64Array, loudness: Float64Array, seconds: number): string {
  const lines = [
    ['opening', opening],
    ['loudness', loudness],
  ] as const;
  const paths = lines.map(([name, values], row) => {
    const top = (row * HEIGHT) / 2;
    const most = values.reduce((greatest, value) => (value > greatest ? value : greatest), 1e-9);
    const height = HEIGHT / 2 - 6;
    return `<path class="${name}" d="${linePath(means(values), (value) => top + height - (value / most) * height)}"/>`;
  });
  return plot(
    'Opening of the mouth, and loudness of the sound',
    paths.join(''),
    seconds,
    '<i class="opening"></i>opening <i class="loudness"></i>loudness',
  );
}

/** The agreement of each second; 0 is a line. */
function bySecond({ perSecond }: PersonJudgment, seconds: number): string {
  if (perSecond.length === 0) return '';
  const place = (value: number): number => HEIGHT / 2 - (value * HEIGHT) / 2;
  const bars = perSecond.map(({ second, correlation, soundLateMs }) => {
    const [x, width] = [(second / seconds) * WIDTH, Math.max(0.5, WIDTH / seconds - 1)];
    const [top, bottom] = [Math.min(place(0), place(correlation)), Math.max(place(0), place(correlation))];
    const title = `second ${second}: correlation ${correlation.toFixed(2)}, best with the sound ${soundLateMs.toFixed(0)} ms late`;
    return `<rect class="${correlation >= 0 ? 'good' : 'bad'}" x="${n(x)}" y="${n(top)}" width="${n(width)}" height="${n(bottom - top)}"><title>${title}</title></rect>`;
  });
  const zero = `<line class="axis" x1="0" x2="${WIDTH}" y1="${n(place(0))}" y2="${n(place(0))}"/>`;
  return plot('Agreement around each second, −1 to 1', bars.join('') + zero, seconds);
}

/** How often each offset is the best around a second. */
function histogram({ perSecond }: PersonJudgment): string {
  if (perSecond.length === 0) return '';
  const frame = 1000 / JUDGED_RATE;
  const counts = new Map<number, number>();
  for (const { soundLateMs } of perSecond) {
    const offset = Math.round(soundLateMs / frame);
    counts.set(offset, (counts.get(offset) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  const [side, reach] = [300, 15];
  const bars = Array.from(counts, ([offset, count]) => {
    const height = (count / most) * 180;
    const x = ((offset + reach) / (2 * reach + 1)) * side;
    return `<rect class="good" x="${n(x)}" y="${n(190 - height)}" width="${n(side / (2 * reach + 1) - 1)}" height="${n(height)}"><title>${offset * frame} ms: ${count} seconds</title></rect>`;
  });
  const marks = [-600, -300, 0, 300, 600].map((ms) => {
    const x = ((ms / frame + reach + 0.5) / (2 * reach + 1)) * side;
    return `<text x="${n(x)}" y="208" text-anchor="middle">${ms}</text>`;
  });
  return `<figure><figcaption>How late the sound is around each second, ms</figcaption><svg class="small" viewBox="-15 0 330 215" role="img">${bars.join('')}${marks.join('')}</svg></figure>`;
}

/** A dot for each frame: opening against the loudness at the lag. */
function scatter(opening: Float64Array, loudness: Float64Array, lag: number): string {
  const shift = Math.round(lag);
  const known = Array.from(opening.keys()).filter(
    (i) => !Number.isNaN(opening[i]) && !Number.isNaN(loudness.at(i + shift) ?? NaN) && i + shift >= 0,
  );
  if (known.length === 0) return '';
  const every = Math.ceil(known.length / MOST_DOTS);
  const shown = known.filter((_, i) => i % every === 0);
  const mostX = Math.max(...shown.map((i) => loudness[i + shift]), 1e-9);
  const mostY = Math.max(...shown.map((i) => opening[i]), 1e-9);
  const place = { x: (value: number) => (value / mostX) * 290, y: (value: number) => 195 - (value / mostY) * 190 };
  const dots = shown.map(
    (i) => `<circle cx="${n(place.x(loudness[i + shift]))}" cy="${n(place.y(opening[i]))}" r="2"/>`,
  );
  // The opening has a unit that means something; of the loudness, only what is louder does.
  const step = axisStep(mostY);
  const marks = Array.from({ length: Math.floor(mostY / step) + 1 }, (_, i) => {
    const y = n(place.y(i * step));
    return `<line class="axis" x1="0" x2="290" y1="${y}" y2="${y}"/><text x="-4" y="${y}" text-anchor="end" dominant-baseline="central">${n2(i * step)}</text>`;
  });
  const below = '<text x="0" y="209">silent</text><text x="290" y="209" text-anchor="end">loudest</text>';
  return `<figure><figcaption>Opening, in distances between the eyes, against loudness</figcaption><svg class="small" viewBox="-34 0 334 215" role="img">${marks.join('')}${dots.join('')}${below}</svg></figure>`;
}

/** Returns a round distance between marks of which about five fit. */
function axisStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 2));
  return power * [1, 2, 5].findLast((factor) => most / (factor * power) >= 2)!;
}

function n2(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function plot(title: string, content: string, seconds: number, key = ''): string {
  const step = [1, 2, 5, 10, 30, 60, 300, 600].find((each) => seconds / each <= 12) ?? 3600;
  const marks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => {
    const x = ((i * step) / seconds) * WIDTH;
    return `<text x="${n(x)}" y="${HEIGHT + 14}">${i * step} s</text>`;
  });
  return `<figure><figcaption>${title} ${key}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT + 18}" role="img">${content}${marks.join('')}</svg></figure>`;
}

/** Means of so many values that a plot can show them; NaN of nothing. */
function means(values: Float64Array): Float64Array {
  const size = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  return Float64Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const known = values.subarray(i * size, (i + 1) * size).filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}

function linePath(values: Float64Array, place: (value: number) => number): string {
  let path = '';
  let isDown = false;
  for (const [i, value] of values.entries()) {
    if (Number.isNaN(value)) {
      isDown = false;
      continue;
    }
    path += `${isDown ? 'L' : 'M'}${n((i / values.length) * WIDTH)} ${n(place(value))}`;
    isDown = true;
  }
  return path;
}

function n(value: number): string {
  return String(Math.round(10 * value) / 10);
}

/** Returns text for HTML, in elements and in attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c1c1e, #ececec); --paper: light-dark(#fff, #161618);
  --soft: light-dark(#666, #a0a0a0); --line: light-dark(#ddd, #3a3a3c); }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
section + section { border-top: 1px solid var(--line); margin-top: 3rem; }
.verdict { font-size: 1.4rem; margin: .3rem 0; padding: .5rem .8rem; border-left: .5rem solid #8a8a8e; }
.verdict.in-sync { border-color: #2f9e5f; } .verdict.sound-late, .verdict.sound-early { border-color: #d9a520; } .verdict.unrelated { border-color: #b0413e; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.5rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; }
figure { margin: 1rem 0; } figcaption { color: var(--soft); font-size: .85rem; }
figcaption i { display: inline-block; width: 1em; height: .6em; margin: 0 .3em 0 .8em; } i.opening { background: #2a78b8; } i.loudness { background: #d08a3e; }
svg { display: block; width: 100%; border-bottom: 1px solid var(--line); } svg text { font-size: 11px; fill: var(--soft); }
.pair { display: flex; flex-wrap: wrap; gap: 2rem; } .pair figure { flex: 1 1 18rem; } svg.small { max-width: 26rem; }
path { fill: none; stroke-width: 1.5; } path.opening { stroke: #2a78b8; } path.loudness { stroke: #d08a3e; }
circle { fill: #2a78b8; fill-opacity: .35; } .good { fill: #2f9e5f; } .bad { fill: #b0413e; } .axis { stroke: var(--line); }
.strip { display: block; max-width: 100%; margin: .2rem 0; }
`;
