// Attention and the GEGLU feed-forward layer, on tokens as rows: [batch·tokens, channels].
import type { Dim } from '../onnx/dim.ts';
import { divideDim } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';

/** Options of {@link Attention}. */
export interface AttentionOptions {
  heads: number;
  /** Width of the tokens that keys and values are made from; default: that of the queries. */
  crossAttentionDim?: number;
  /** Bias of the query, key and value projections; default false. */
  bias?: boolean;
}

/** Multi-head attention with scale 1/√(head width). The head width is channels / heads. */
export class Attention extends Module {
  readonly to_q: Linear;
  readonly to_k: Linear;
  readonly to_v: Linear;
  readonly to_out: readonly [Linear];
  readonly #heads: number;

  constructor(channels: number, { heads, crossAttentionDim = channels, bias = false }: AttentionOptions) {
    super();
    if (channels % heads !== 0) throw new RangeError(`${channels} channels cannot form ${heads} attention heads.`);
    this.to_q = new Linear(channels, channels, { bias });
    this.to_k = new Linear(crossAttentionDim, channels, { bias });
    this.to_v = new Linear(crossAttentionDim, channels, { bias });
    this.to_out = [new Linear(channels, channels)];
    this.#heads = heads;
  }

  /**
   * [batch·tokens, C] → [batch·tokens, C]
   *
   * @param batch - how many sequences the rows hold.
   * @param context - rows to attend to, [batch·contextTokens, D]; default: x itself.
   */
  forward(g: Graph, x: Value, batch: Dim, context: Value = x): Value {
    const query = this.#sequences(g, this.to_q.forward(g, x), batch);
    const key = this.#sequences(g, this.to_k.forward(g, context), batch);
    const value = this.#sequences(g, this.to_v.forward(g, context), batch);
    const attended = g.multiHeadAttention(query, key, value, this.#heads); // [batch, tokens, C]
    return this.to_out[0].forward(g, g.reshape(attended, x.shape));
  }

  /** [batch·tokens, C] → [batch, tokens, C] */
  #sequences(g: Graph, x: Value, batch: Dim): Value {
    return g.reshape(x, [batch, divideDim(x.shape[0], batch), x.shape[1]]);
  }
}

/** A linear layer whose first half is scaled by the GELU of its second (Shazeer 2020, "GLU variants improve transformer"). */
export class GEGLU extends Module {
  readonly proj: Linear;
  readonly #hidden: number;

  constructor(channels: number, hidden: number) {
    super();
    this.proj = new Linear(channels, hidden * 2);
    this.#hidden = hidden;
  }

  /** [rows, C] → [rows, hidden]. The two halves of the projection are two products: their result need not be split. */
  forward(g: Graph, x: Value): Value {
    return g.mul(this.#half(g, x, 0), g.gelu(this.#half(g, x, 1)));
  }

  #half(g: Graph, x: Value, index: 0 | 1): Value {
    const { weight, bias } = this.proj;
    const channels = weight.shape[1];
    const first = index * this.#hidden;
    return g.gemm(
      x,
      weight.value(g, [this.#hidden, channels], first * channels),
      bias?.value(g, [this.#hidden], first),
    );
  }
}

/** Gated feed-forward layer, four times as wide inside: linear·GELU(linear), then linear. */
export class FeedForward extends Module {
  readonly net: readonly [GEGLU, undefined, Linear];

  constructor(channels: number) {
    super();
    this.net = [new GEGLU(channels, channels * 4), undefined, new Linear(channels * 4, channels)];
  }

  /** [rows, C] → [rows, C] */
  forward(g: Graph, x: Value): Value {
    const [geglu, , linear] = this.net;
    return linear.forward(g, geglu.forward(g, x));
  }
}
