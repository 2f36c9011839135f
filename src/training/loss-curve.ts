// A picture of a training run: its loss over the steps, as SVG.
import type { TrainingLogEntry } from './training-log.ts';

const WIDTH = 760;
const HEIGHT = 360;
const MARGIN = { left: 64, right: 16, top: 36, bottom: 44 };

/** Points drawn at most; neighbors are averaged. */
const MAX_POINTS = 600;

interface Axis {
  /** Returns the place of a value in the picture. */
  at(value: number): number;
  ticks: readonly number[];
}

/** Returns 1, 2 or 5 times a power of ten, at least `least`. */
function roundUnit(least: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(least));
  return magnitude * [1, 2, 5, 10].find((factor) => factor * magnitude >= least)!;
}

function stepAxis(last: number): Axis {
  const unit = roundUnit(Math.max(last / 6, 1));
  const span = WIDTH - MARGIN.left - MARGIN.right;
  return {
    at: (step) => MARGIN.left + (step / last) * span,
    ticks: Array.from({ length: Math.floor(last / unit) + 1 }, (_, i) => i * unit),
  };
}

/** A logarithmic axis with ticks at 1, 2 and 5 times the powers of ten, or at even distances where those are too few. */
function lossAxis(low: number, high: number): Axis {
  const [from, to] = [Math.log10(low) - 0.03, Math.log10(high) + 0.03];
  const span = HEIGHT - MARGIN.top - MARGIN.bottom;
  const ticks: number[] = [];
  for (let power = Math.floor(from); power <= Math.ceil(to); power++) {
    for (const factor of [1, 2, 5]) {
      const tick = factor * 10 ** power;
      if (Math.log10(tick) >= from && Math.log10(tick) <= to) ticks.push(tick);
    }
  }
  return {
    at: (loss) => MARGIN.top + ((to - Math.log10(loss)) / (to - from)) * span,
    ticks: ticks.length >= 2 ? ticks : evenTicks(10 ** from, 10 ** to),
  };
}

/** Returns some round numbers between two. */
function evenTicks(low: number, high: number): number[] {
  const unit = roundUnit((high - low) / 5);
  const first = Math.ceil(low / unit);
  return Array.from({ length: Math.floor(high / unit) - first + 1 }, (_, i) => (first + i) * unit);
}

/** Returns the mean step and loss of successive parts of a log. */
function averaged(log: readonly TrainingLogEntry[], parts: number): { step: number; loss: number }[] {
  const size = Math.max(1, Math.ceil(log.length / parts));
  const points: { step: number; loss: number }[] = [];
  for (let first = 0; first < log.length; first += size) {
    const part = log.slice(first, first + size);
    const mean = (value: (entry: TrainingLogEntry) => number): number =>
      part.reduce((sum, entry) => sum + value(entry), 0) / part.length;
    points.push({ step: mean(({ step }) => step), loss: mean(({ loss }) => loss) });
  }
  return points;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Returns the loss curve of a log, logarithmic, thin as it came and thick as the mean of fifty parts.
 *
 * @throws RangeError when the log has no entry with a positive loss.
 */
export function lossCurve(log: readonly TrainingLogEntry[], title: string): string {
  const drawn = log.filter(({ loss }) => loss > 0);
  if (drawn.length === 0) throw new RangeError('The log must have an entry with a loss above 0.');
  const fine = averaged(drawn, MAX_POINTS);
  const losses = fine.map(({ loss }) => loss);
  const x = stepAxis(drawn[drawn.length - 1].step);
  const y = lossAxis(Math.min(...losses), Math.max(...losses));
  const line = (points: readonly { step: number; loss: number }[], style: string): string => {
    const path = points.map(({ step, loss }) => `${x.at(step).toFixed(1)},${y.at(loss).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" ${style}/>`;
  };
  const bottom = HEIGHT - MARGIN.bottom;
  const grid = y.ticks.map((tick) => {
    const at = y.at(tick).toFixed(1);
    const label = Number(tick.toPrecision(3)).toString();
    return (
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 8}" y="${at}" text-anchor="end" dominant-baseline="central">${label}</text>`
    );
  });
  const steps = x.ticks.map(
    (tick) => `<text x="${x.at(tick).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="14">${escapeXml(title)}</text>`,
    ...grid,
    ...steps,
    `<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">steps</text>`,
    line(fine, 'stroke="#9bc" stroke-width="1"'),
    line(averaged(drawn, 50), 'stroke="#136" stroke-width="2"'),
    '</svg>',
    '',
  ].join('\n');
}
