// SyncNetV2: five frames of a mouth [B,3,5,224,224] → embedding [B,1024]; 20 MFCC windows [B,1,13,20] → embedding [B,1024].
import { productOf, symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv2d, Conv3d } from '../nn/conv.ts';
import { Linear } from '../nn/linear.ts';
import { Module, nameParameters, type Layer } from '../nn/module.ts';
import { BatchNorm } from '../nn/norm.ts';

// Steps of a chain. In the checkpoint, steps without parameters count too.
const relu: Layer = { forward: (g, x) => g.relu(x) };

function maxPool(kernel: readonly number[], stride: readonly number[], padding: readonly number[] | number = 0): Layer {
  return { forward: (g, x) => g.maxPool(x, kernel, { stride, padding }) };
}

/** Returns its input: a step that the checkpoint counts and that changes nothing. */
const identity: Layer = { forward: (_, x) => x };

function chain(g: Graph, layers: readonly Layer[], x: Value): Value {
  return layers.reduce((hidden, layer) => layer.forward(g, hidden), x);
}

/** [B, C, …] → [B, C·…] */
function flatten(g: Graph, x: Value): Value {
  return g.reshape(x, [x.shape[0], productOf(x.shape.slice(1))]);
}

function embeddingHead(): readonly Layer[] {
  return [new Linear(512, 512), new BatchNorm(512), relu, new Linear(512, 1024)];
}

/**
 * The network that measures lip sync (Chung and Zisserman 2016, "Out of time: automated lip sync in the wild"), with the
 * weights published as `syncnet_v2.model`. Its embeddings are compared by their distance.
 */
export class SyncNetV2 extends Module {
  readonly netcnnaud: readonly Layer[];
  readonly netfcaud: readonly Layer[];
  readonly netcnnlip: readonly Layer[];
  readonly netfclip: readonly Layer[];

  constructor() {
    super();
    this.netcnnaud = [
      new Conv2d(1, 64, 3, { padding: 1 }),
      new BatchNorm(64),
      relu,
      identity, // a pool over single values

      new Conv2d(64, 192, 3, { padding: 1 }),
      new BatchNorm(192),
      relu,
      maxPool([3, 3], [1, 2]),

      new Conv2d(192, 384, 3, { padding: 1 }),
      new BatchNorm(384),
      relu,

      new Conv2d(384, 256, 3, { padding: 1 }),
      new BatchNorm(256),
      relu,

      new Conv2d(256, 256, 3, { padding: 1 }),
      new BatchNorm(256),
      relu,
      maxPool([3, 3], [2, 2]),

      new Conv2d(256, 512, [5, 4]),
      new BatchNorm(512),
      relu,
    ];
    this.netfcaud = embeddingHead();
    this.netcnnlip = [
      new Conv3d(3, 96, [5, 7, 7], { stride: [1, 2, 2] }),
      new BatchNorm(96),
      relu,
      maxPool([1, 3, 3], [1, 2, 2]),

      new Conv3d(96, 256, [1, 5, 5], { stride: [1, 2, 2], padding: [0, 1, 1] }),
      new BatchNorm(256),
      relu,
      maxPool([1, 3, 3], [1, 2, 2], [0, 1, 1]),

      new Conv3d(256, 256, [1, 3, 3], { padding: [0, 1, 1] }),
      new BatchNorm(256),
      relu,

      new Conv3d(256, 256, [1, 3, 3], { padding: [0, 1, 1] }),
      new BatchNorm(256),
      relu,

      new Conv3d(256, 256, [1, 3, 3], { padding: [0, 1, 1] }),
      new BatchNorm(256),
      relu,
      maxPool([1, 3, 3], [1, 2, 2]),

      new Conv3d(256, 512, [1, 6, 6]),
      new BatchNorm(512),
      relu,
    ];
    this.netfclip = embeddingHead();
    nameParameters(this);
  }

  /** MFCC windows [B, 1, 13, 20], 100 windows per second → [B, 1024] */
  forwardAudio(g: Graph, mfcc: Value): Value {
    const features = flatten(g, chain(g, this.netcnnaud, mfcc)); // [B, 512, 1, 1] → [B, 512]
    return chain(g, this.netfcaud, features);
  }

  /** Mouths [B, 3, 5, 224, 224], 0…255, 25 frames per second → [B, 1024] */
  forwardLip(g: Graph, lip: Value): Value {
    const features = flatten(g, chain(g, this.netcnnlip, lip)); // [B, 512, 1, 1, 1] → [B, 512]
    return chain(g, this.netfclip, features);
  }
}

/** Returns the graph `mfcc` [B, 1, 13, 20] → `audio_embeds` [B, 1024]; B is known only when it runs. */
export function syncNetAudioGraph(model: SyncNetV2): Graph {
  const g = new Graph();
  g.output('audio_embeds', model.forwardAudio(g, g.input('mfcc', [symbolicDim('batch'), 1, 13, 20])));
  return g;
}

/** Returns the graph `lip` [B, 3, 5, 224, 224] → `lip_embeds` [B, 1024]; B is known only when it runs. */
export function syncNetLipGraph(model: SyncNetV2): Graph {
  const g = new Graph();
  g.output('lip_embeds', model.forwardLip(g, g.input('lip', [symbolicDim('batch'), 3, 5, 224, 224])));
  return g;
}
