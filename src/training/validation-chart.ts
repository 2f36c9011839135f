// A chart of validations: what the judge found of the videos drawn at some steps of a training, one row for each figure, as SVG.

/** What was found at a step. */
export interface ValidationEntry {
  /** Steps done. */
  readonly step: number;
  /** The video that was drawn. */
  readonly video: string;
  readonly verdict: string;
  readonly reasons: readonly string[];
  /** Of the mouth's opening with what is read from the sound, without shifting; undefined where it cannot be told, as the others. */
  readonly correlation?: number;
  /** The deviation that it would have by chance. */
  readonly chance?: number;
  /** Around the mouth, of that of the rest of the face. */
  readonly flicker?: number;
  /** Of the mouth, of that of the rest of the face. */
  readonly sharpness?: number;
}

/** The rows; each begins at 0, and ends at 1 or at what it reaches. */
const ROWS = [
  { name: 'lips follow the sound (correlation)', value: ({ correlation }: ValidationEntry) => correlation },
  { name: 'sharpness of the mouth, of the rest of the face', value: ({ sharpness }: ValidationEntry) => sharpness },
  { name: 'flicker around the mouth, of the rest of the face', value: ({ flicker }: ValidationEntry) => flicker },
] as const;

const WIDTH = 760;
const ROW_HEIGHT = 150;
const MARGIN = { left: 64, right: 24, top: 30, bottom: 22, below: 30 };

/**
 * Returns the chart. What is not known at a step is left out.
 *
 * @param entries - at least one, in the order of their steps.
 */
export function validationChart(entries: readonly ValidationEntry[]): string {
  const last = Math.max(...entries.map(({ step }) => step));
  const height = ROWS.length * ROW_HEIGHT + MARGIN.below;
  const x = (step: number): string => (MARGIN.left + (step / last) * (WIDTH - MARGIN.left - MARGIN.right)).toFixed(1);
  const rows = ROWS.map(({ name, value }, row) => {
    const known = entries.flatMap((entry) => {
      const figure = value(entry);
      return figure === undefined || !Number.isFinite(figure) ? [] : [{ step: entry.step, figure }];
    });
    const [top, bottom] = [row * ROW_HEIGHT + MARGIN.top, (row + 1) * ROW_HEIGHT - MARGIN.bottom];
    const most = Math.max(1, ...known.map(({ figure }) => figure));
    const least = Math.min(0, ...known.map(({ figure }) => figure));
    const y = (figure: number): string => (bottom - ((figure - least) / (most - least)) * (bottom - top)).toFixed(1);
    const lines = [...new Set([least, 0, most])].map(
      (mark) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(mark)}" y2="${y(mark)}" stroke="#ddd"/>` +
        `<text x="${MARGIN.left - 8}" y="${y(mark)}" text-anchor="end" dominant-baseline="central">${Number(mark.toFixed(2))}</text>`,
    );
    const points = known.map(({ step, figure }) => `${x(step)},${y(figure)}`).join(' ');
    const dots = known.map(
      ({ step, figure }) =>
        `<circle cx="${x(step)}" cy="${y(figure)}" r="3" fill="#136"><title>step ${step}: ${figure.toFixed(3)}</title></circle>`,
    );
    return [
      `<text x="${MARGIN.left}" y="${top - 12}" font-size="13">${name}</text>`,
      ...lines,
      `<polyline points="${points}" fill="none" stroke="#136" stroke-width="2"/>`,
      ...dots,
    ].join('\n');
  });
  const steps = [0, last].map((step) => `<text x="${x(step)}" y="${height - 22}" text-anchor="middle">${step}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...rows,
    ...steps,
    `<text x="${WIDTH / 2}" y="${height - 8}" text-anchor="middle">steps</text>`,
    '</svg>',
    '',
  ].join('\n');
}
