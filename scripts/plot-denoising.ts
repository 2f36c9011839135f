// Draws what scripts/measure-denoising.ts has measured as SVG, quality against the passes of a window:
//   npx tsx scripts/plot-denoising.ts results.jsonl docs/presets-tiny.svg
import { readFile, writeFile } from 'node:fs/promises';

/** What is read of a line of the results. */
interface Measured {
  name: string;
  passes: { whole: number; shallow: number };
  figures: Record<string, number>;
}

/** What a shallow pass of `tiny` takes of a whole one. */
const SHALLOW_SHARE = 0.2;

const WIDTH = 400;
const HEIGHT = 330;
/** Least distance of labels, one above the other. */
const LABEL_HEIGHT = 11;
const MARGIN = { left: 56, right: 16, top: 40, bottom: 46 };

const panels = [
  { figure: 'opening.correlation', title: 'opening follows the sound' },
  { figure: 'width.correlation', title: 'width follows the sound' },
  { figure: 'own-sound.ssim', title: 'SSIM around the mouth' },
] as const;

const [source, target] = process.argv.slice(2);
const results = (await readFile(source, 'utf8'))
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Measured);
const worked = results.map(({ passes: { whole, shallow } }) => whole + SHALLOW_SHARE * shallow);

/** Returns a scale from a range of values to one of pixels, and round values on it. */
function axis(values: readonly number[], from: number, to: number): { at: (value: number) => number; ticks: number[] } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = 0.08 * (high - low || 1);
  const [first, last] = [low - pad, high + pad];
  const magnitude = 10 ** Math.floor(Math.log10((last - first) / 4));
  const unit = magnitude * [1, 2, 5, 10].find((factor) => factor * magnitude >= (last - first) / 6)!;
  const start = Math.ceil(first / unit);
  return {
    at: (value) => from + ((value - first) / (last - first)) * (to - from),
    ticks: Array.from({ length: Math.floor(last / unit) - start + 1 }, (_, i) => (start + i) * unit),
  };
}

/** The passes, by their logarithm. */
function logarithmicAxis(from: number, to: number): ReturnType<typeof axis> {
  const scale = axis(worked.map(Math.log), from, to);
  return {
    at: (value) => scale.at(Math.log(value)),
    ticks: [1, 2, 4, 6, 10, 20].filter((tick) => tick >= Math.min(...worked)),
  };
}

/** Returns where the labels of points go, so that none covers another. */
function labelHeights(heights: readonly number[]): number[] {
  const placed = [...heights];
  const order = [...heights.keys()].sort((a, b) => heights[a] - heights[b]);
  for (const [position, index] of order.entries()) {
    if (position === 0) continue;
    placed[index] = Math.max(placed[index], placed[order[position - 1]] + LABEL_HEIGHT);
  }
  return placed;
}

function panel({ figure, title }: (typeof panels)[number], left: number): string {
  const [x0, x1, y0, y1] = [left + MARGIN.left, left + WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom, MARGIN.top];
  const across = logarithmicAxis(x0, x1);
  const up = axis(
    results.map(({ figures }) => figures[figure]),
    y0,
    y1,
  );
  const shown = (tick: number): string => String(Number(tick.toPrecision(4)));
  const grid = [
    ...across.ticks.map((tick) => {
      const x = across.at(tick).toFixed(1);
      return `<path d="M${x} ${y0}V${y1}"/><text x="${x}" y="${y0 + 16}" text-anchor="middle">${shown(tick)}</text>`;
    }),
    ...up.ticks.map((tick) => {
      const y = up.at(tick).toFixed(1);
      return `<path d="M${x0} ${y}H${x1}"/><text x="${x0 - 6}" y="${y}" dy="4" text-anchor="end">${shown(tick)}</text>`;
    }),
  ];
  const heights = results.map(({ figures }) => up.at(figures[figure]));
  const labels = labelHeights(heights);
  const points = results.map(({ name }, i) => {
    const [x, y] = [across.at(worked[i]), heights[i]];
    const [dx, anchor] = x > (x0 + x1) / 2 ? [-7, 'end'] : [7, 'start'];
    return (
      `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"/>` +
      `<text x="${(x + dx).toFixed(1)}" y="${labels[i].toFixed(1)}" dy="4" text-anchor="${anchor}">${name}</text>`
    );
  });
  return [
    `<text x="${(x0 + x1) / 2}" y="${y1 - 16}" text-anchor="middle" font-weight="bold">${title}</text>`,
    `<g stroke="#ddd" fill="none">${grid.map((line) => line.replace(/<text.*/, '')).join('')}</g>`,
    `<g fill="#555">${grid.map((line) => line.replace(/<path[^>]*>/, '')).join('')}</g>`,
    `<g fill="#1f6feb">${points.map((point) => point.replace(/<text.*/, '')).join('')}</g>`,
    `<g fill="#222">${points.map((point) => point.replace(/<circle[^>]*>/, '')).join('')}</g>`,
    `<text x="${(x0 + x1) / 2}" y="${HEIGHT - 10}" text-anchor="middle" fill="#555">passes of the UNet for a window, logarithmic</text>`,
  ].join('\n');
}

const width = WIDTH * panels.length;
await writeFile(
  target,
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${HEIGHT}" fill="#fff"/>`,
    ...panels.map((each, i) => panel(each, i * WIDTH)),
    '</svg>',
    '',
  ].join('\n'),
);
