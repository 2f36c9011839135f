// WhisperEncoder: log-mel spectrogram [B, mels, 2·T] → embeddings of every layer [B, layers+1, T, state].
import { productOf } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv1d } from '../nn/conv.ts';
import { Linear } from '../nn/linear.ts';
import { Module, nameParameters, Parameter } from '../nn/module.ts';
import { LayerNorm } from '../nn/norm.ts';
import { LatentSyncError } from '../util/errors.ts';
import { shownValue } from '../util/printable.ts';

/** Sizes of a Whisper encoder; `dims` of the official files. */
export interface WhisperEncoderConfig {
  /** Mel bins. */
  nMels: number;
  /** Positions: half the number of mel frames in a window. */
  nAudioCtx: number;
  /** Width. */
  nAudioState: number;
  nAudioHead: number;
  nAudioLayer: number;
}

/** Returns how many embeddings LatentSync takes of each position: the input of the first block and the output of every block. */
export function embeddingLayers({ nAudioLayer }: WhisperEncoderConfig): number {
  return nAudioLayer + 1;
}

/**
 * Returns the encoder's sizes from the `dims` of an official file.
 *
 * @throws LatentSyncError `config-invalid` when one is missing or not a positive integer.
 */
export function parseWhisperDims(dims: unknown): WhisperEncoderConfig {
  const fields = (typeof dims === 'object' && dims !== null ? dims : {}) as Record<string, unknown>;
  const size = (key: string): number => {
    const value = fields[key];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
      throw new LatentSyncError(
        'config-invalid',
        `"dims.${key}" in the Whisper checkpoint must be a positive integer (got ${shownValue(value)}).`,
        { remedy: 'Use a checkpoint of OpenAI Whisper, such as tiny.pt.' },
      );
    }
    return value;
  };
  return {
    nMels: size('n_mels'),
    nAudioCtx: size('n_audio_ctx'),
    nAudioState: size('n_audio_state'),
    nAudioHead: size('n_audio_head'),
    nAudioLayer: size('n_audio_layer'),
  };
}

/** Self-attention as Whisper names its parts. */
export class MultiHeadAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly out: Linear;
  readonly #heads: number;

  constructor(state: number, heads: number) {
    super();
    this.query = new Linear(state, state);
    this.key = new Linear(state, state, { bias: false });
    this.value = new Linear(state, state);
    this.out = new Linear(state, state);
    this.#heads = heads;
  }

  /** [B·T, state] → [B·T, state] */
  forward(g: Graph, x: Value, shape: Value['shape']): Value {
    const query = g.reshape(this.query.forward(g, x), shape); // [B·T, state] → [B, T, state]
    const key = g.reshape(this.key.forward(g, x), shape);
    const value = g.reshape(this.value.forward(g, x), shape);
    const attended = g.multiHeadAttention(query, key, value, this.#heads);
    return this.out.forward(g, g.reshape(attended, x.shape));
  }
}

/** One block of the encoder: self-attention and a two-layer perceptron, each added to what came in. */
export class ResidualAttentionBlock extends Module {
  readonly attn: MultiHeadAttention;
  readonly attn_ln: LayerNorm;
  readonly mlp: readonly [Linear, undefined, Linear];
  readonly mlp_ln: LayerNorm;

  constructor(state: number, heads: number) {
    super();
    this.attn = new MultiHeadAttention(state, heads);
    this.attn_ln = new LayerNorm(state);
    this.mlp = [new Linear(state, state * 4), undefined, new Linear(state * 4, state)];
    this.mlp_ln = new LayerNorm(state);
  }

  /** [B·T, state] → [B·T, state] */
  forward(g: Graph, x: Value, shape: Value['shape']): Value {
    const hidden = g.add(x, this.attn.forward(g, this.attn_ln.forward(g, x), shape));
    const [wide, , narrow] = this.mlp;
    return g.add(hidden, narrow.forward(g, g.gelu(wide.forward(g, this.mlp_ln.forward(g, hidden)))));
  }
}

/** Whisper's audio encoder, whose layers' outputs LatentSync listens to. */
export class WhisperEncoder extends Module {
  readonly conv1: Conv1d;
  readonly conv2: Conv1d;
  readonly positional_embedding: Parameter;
  readonly blocks: readonly ResidualAttentionBlock[];
  /** Part of the checkpoint; LatentSync takes the embeddings before it. */
  readonly ln_post: LayerNorm;
  readonly #config: WhisperEncoderConfig;

  constructor(config: WhisperEncoderConfig) {
    super();
    this.#config = config;
    const { nMels, nAudioCtx, nAudioState, nAudioHead, nAudioLayer } = config;
    this.conv1 = new Conv1d(nMels, nAudioState, 3, { padding: 1 });
    this.conv2 = new Conv1d(nAudioState, nAudioState, 3, { stride: 2, padding: 1 });
    this.positional_embedding = new Parameter([nAudioCtx, nAudioState]);
    this.blocks = Array.from({ length: nAudioLayer }, () => new ResidualAttentionBlock(nAudioState, nAudioHead));
    this.ln_post = new LayerNorm(nAudioState);
    nameParameters(this);
  }

  /** What the network was built from. */
  get config(): WhisperEncoderConfig {
    return this.#config;
  }

  /**
   * [B, mels, 2·T] → [B, layers+1, T, state]: the input of the first block and the output of every block.
   */
  forward(g: Graph, mel: Value): Value {
    const { nAudioState } = this.#config;
    let hidden = g.gelu(this.conv1.forward(g, mel));
    hidden = g.gelu(this.conv2.forward(g, hidden)); // [B, state, T]
    hidden = g.add(g.transpose(hidden, [0, 2, 1]), this.positional_embedding.value(g)); // [B, state, T] → [B, T, state]
    const [batch, positions] = hidden.shape;
    const shape = hidden.shape;
    hidden = g.reshape(hidden, [productOf([batch, positions]), nAudioState]); // [B, T, state] → [B·T, state]
    const layers = [hidden];
    for (const block of this.blocks) {
      hidden = block.forward(g, hidden, shape);
      layers.push(hidden);
    }
    return g.concat(
      layers.map((layer) => g.reshape(layer, [batch, 1, positions, nAudioState])),
      1,
    );
  }
}

/** Returns the encoder's graph: `mel` [1, mels, 2·T] → `embeddings` [1, layers+1, T, state]. */
export function whisperEncoderGraph(model: WhisperEncoder): Graph {
  const { nMels, nAudioCtx } = model.config;
  const g = new Graph();
  g.output('embeddings', model.forward(g, g.input('mel', [1, nMels, nAudioCtx * 2])));
  return g;
}

/**
 * Returns Whisper's position table, sines then cosines: [length, channels].
 *
 * Frequencies are 10000^(−i / (channels/2 − 1)) (Radford et al. 2022, as in the official encoder).
 */
export function whisperPositions(length: number, channels: number): Float32Array {
  const half = channels / 2;
  const table = new Float32Array(length * channels);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * Math.exp((-Math.log(10000) * i) / (half - 1));
      table[position * channels + i] = Math.sin(angle);
      table[position * channels + half + i] = Math.cos(angle);
    }
  }
  return table;
}
