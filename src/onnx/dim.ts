// Dimensions of graph values: a number, or a multiple of one symbol that is known only when the graph runs ("32·frames").

/** A dimension that is a whole multiple of a named size, such as 2·frames. */
export interface SymbolicDim {
  readonly symbol: string;
  readonly times: number;
}

/** One dimension of a value's shape. */
export type Dim = number | SymbolicDim;

/** A value's shape. */
export type Shape = readonly Dim[];

/** Returns a dimension that is known only when the graph runs. */
export function symbolicDim(symbol: string, times = 1): SymbolicDim {
  return { symbol, times };
}

/** Returns a dimension as text: "64" or "32*frames"; the form that ONNX files carry. */
export function formatDim(dim: Dim): string {
  if (typeof dim === 'number') return String(dim);
  return dim.times === 1 ? dim.symbol : `${dim.times}*${dim.symbol}`;
}

/** Returns a shape as text: "[2*frames, 320, 32, 32]". */
export function formatShape(shape: Shape): string {
  return `[${shape.map(formatDim).join(', ')}]`;
}

/** Returns whether two dimensions are certainly equal. */
export function sameDim(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.symbol === b.symbol && a.times === b.times;
}

/** Returns the product of dimensions. @throws RangeError when two of them are symbolic. */
export function productOf(dims: Shape): Dim {
  let product: Dim = 1;
  for (const dim of dims) {
    if (typeof product === 'number') {
      product = typeof dim === 'number' ? product * dim : symbolicDim(dim.symbol, dim.times * product);
    } else if (typeof dim === 'number') {
      product = symbolicDim(product.symbol, product.times * dim);
    } else {
      throw new RangeError(`The product of ${formatShape(dims)} has two symbolic dimensions.`);
    }
  }
  return product;
}

/** Returns a dimension divided by another. @throws RangeError when the quotient is not whole. */
export function divideDim(dividend: Dim, divisor: Dim): Dim {
  if (sameDim(dividend, divisor)) return 1;
  const times = typeof dividend === 'number' ? dividend : dividend.times;
  const by = typeof divisor === 'number' ? divisor : divisor.times;
  const quotient = times / by;
  if (Number.isInteger(quotient)) {
    if (typeof divisor === 'number')
      return typeof dividend === 'number' ? quotient : symbolicDim(dividend.symbol, quotient);
    if (typeof dividend !== 'number' && dividend.symbol === divisor.symbol) return quotient;
  }
  throw new RangeError(`${formatDim(dividend)} is not a multiple of ${formatDim(divisor)}.`);
}

/** Returns the number that a dimension is. @throws RangeError when it is symbolic. */
export function fixedDim(dim: Dim | undefined, what: string): number {
  if (typeof dim === 'number') return dim;
  throw new RangeError(`${what} must be a fixed dimension (got ${dim === undefined ? 'none' : formatDim(dim)}).`);
}

/** Returns the shape of an elementwise operation on two shapes. @throws RangeError when they do not broadcast. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (right === 1 || sameDim(left, right)) out.push(left);
    else if (left === 1) out.push(right);
    else throw new RangeError(`Shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast.`);
  }
  return out;
}
