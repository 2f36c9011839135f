// Contours of lips and eyelids on the canonical face, as curves over x in frontal view. Centimeters.

/** A smooth curve y(x). */
export type Curve = (x: number) => number;

/** Returns the cubic Hermite curve through the knots (finite-difference tangents), constant beyond the ends; `xs` rise. */
export function curveThrough(xs: readonly number[], ys: readonly number[]): Curve {
  const last = xs.length - 1;
  const tangents = xs.map((_, i) => {
    const left = Math.max(0, i - 1);
    const right = Math.min(last, i + 1);
    return (ys[right] - ys[left]) / (xs[right] - xs[left]);
  });
  return (x) => {
    if (x <= xs[0]) return ys[0];
    if (x >= xs[last]) return ys[last];
    let i = 0;
    while (x > xs[i + 1]) i++;
    const width = xs[i + 1] - xs[i];
    const t = (x - xs[i]) / width;
    const t2 = t * t;
    const t3 = t2 * t;
    return (
      (2 * t3 - 3 * t2 + 1) * ys[i] +
      (t3 - 2 * t2 + t) * width * tangents[i] +
      (3 * t2 - 2 * t3) * ys[i + 1] +
      (t3 - t2) * width * tangents[i + 1]
    );
  };
}

/** Half the width of the closed canonical mouth. */
export const MOUTH_HALF_WIDTH = 2.5;

/** Height of the line where the closed lips meet, over |x|. */
export const lipContact = curveThrough([0, 0.35, 0.8, 1.5, 2.1, 2.5], [-6.56, -6.52, -6.48, -6.5, -6.53, -6.52]);

/** Height of the upper lip's outer edge (Cupid's bow), over |x|. */
export const upperLipEdge = curveThrough(
  [0, 0.3, 0.62, 1.1, 1.7, 2.2, 2.5, 2.64],
  [-5.8, -5.72, -5.66, -5.82, -6.12, -6.38, -6.5, -6.53],
);

/** Height of the lower lip's outer edge, over |x|. */
export const lowerLipEdge = curveThrough([0, 0.6, 1.2, 1.8, 2.3, 2.64], [-7.5, -7.47, -7.32, -7.04, -6.72, -6.54]);

/** The inner and the outer corner of the eye at +x. */
export const EYE_CORNERS = { inner: { x: 1.74, y: -0.14 }, outer: { x: 4.5, y: 0.12 } } as const;

/** Height of the upper lid's edge, over x, for the eye at +x. */
export const upperLidEdge = curveThrough(
  [1.74, 1.95, 2.35, 2.9, 3.4, 3.9, 4.3, 4.5],
  [-0.14, 0.08, 0.31, 0.42, 0.41, 0.32, 0.19, 0.12],
);

/** Height of the lower lid's edge, over x, for the eye at +x. */
export const lowerLidEdge = curveThrough(
  [1.74, 1.95, 2.4, 3.0, 3.5, 4.0, 4.3, 4.5],
  [-0.14, -0.23, -0.36, -0.46, -0.45, -0.3, -0.07, 0.12],
);
