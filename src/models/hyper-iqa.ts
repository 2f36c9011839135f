// HyperIQA: image [B,3,224,224] → how good it looks [B], by a small network whose weights another network makes for each image.
import { fixedDim, productOf } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv2d } from '../nn/conv.ts';
import { Linear } from '../nn/linear.ts';
import { Module, nameParameters, type Layer } from '../nn/module.ts';
import { BatchNorm } from '../nn/norm.ts';

/** Side of the images. */
export const HYPER_IQA_SIDE = 224;

/** Features of the image that the made network judges, and the sizes of its layers. */
const TARGET_INPUTS = 224;
const TARGET_SIZES = [112, 56, 28, 14] as const;

/** Channels from which the weights are made, and the side of their maps. */
const HYPER_CHANNELS = 112;
const HYPER_SIDE = 7;

/** Numbers that each of the first three stages contributes to the features; the last one gives the rest. */
const LOCAL_FEATURES = 16;

const POOL = 7;

const relu: Layer = { forward: (g, x) => g.relu(x) };

/** The mean of each 7×7 pixels: [B, C, H, W] → [B, C, H/7, W/7] */
const averages: Layer = {
  forward(g, x) {
    const [batch, channels, ...size] = x.shape;
    const [rows, columns] = size.map((dim) => fixedDim(dim, 'The pooled size') / POOL);
    const windows = g.reshape(x, [batch, channels, rows, POOL, columns, POOL]);
    return g.reshape(g.reduceMean(windows, [3, 5]), [batch, channels, rows, columns]);
  },
};

function inTurn(g: Graph, layers: readonly Layer[], x: Value): Value {
  return layers.reduce((hidden, layer) => layer.forward(g, hidden), x);
}

/** [B, C, …] → [B, C·…] */
function flatten(g: Graph, x: Value): Value {
  return g.reshape(x, [x.shape[0], productOf(x.shape.slice(1))]);
}

/** A residual block with a bottleneck. */
export class Bottleneck extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm;
  readonly downsample: readonly [Conv2d, BatchNorm] | undefined;

  constructor(inChannels: number, channels: number, stride: number) {
    super();
    const outChannels = 4 * channels;
    this.conv1 = new Conv2d(inChannels, channels, 1, { bias: false });
    this.bn1 = new BatchNorm(channels);
    this.conv2 = new Conv2d(channels, channels, 3, { stride, padding: 1, bias: false });
    this.bn2 = new BatchNorm(channels);
    this.conv3 = new Conv2d(channels, outChannels, 1, { bias: false });
    this.bn3 = new BatchNorm(outChannels);
    if (stride !== 1 || inChannels !== outChannels) {
      this.downsample = [new Conv2d(inChannels, outChannels, 1, { stride, bias: false }), new BatchNorm(outChannels)];
    }
  }

  /** [B, in, H, W] → [B, 4·channels, H/stride, W/stride] */
  forward(g: Graph, x: Value): Value {
    const { conv1, bn1, conv2, bn2, conv3, bn3 } = this;
    const hidden = inTurn(g, [conv1, bn1, relu, conv2, bn2, relu, conv3, bn3], x);
    return g.relu(g.add(hidden, this.downsample ? inTurn(g, this.downsample, x) : x));
  }
}

function stage(inChannels: number, channels: number, blocks: number, stride: number): Bottleneck[] {
  return Array.from({ length: blocks }, (_, block) =>
    block === 0 ? new Bottleneck(inChannels, channels, stride) : new Bottleneck(4 * channels, channels, 1),
  );
}

/** ResNet-50, and what each of its stages shows of local distortions. */
export class DistortionAwareResNet extends Module {
  readonly conv1 = new Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
  readonly bn1 = new BatchNorm(64);
  readonly layer1 = stage(64, 64, 3, 1);
  readonly layer2 = stage(256, 128, 4, 2);
  readonly layer3 = stage(512, 256, 6, 2);
  readonly layer4 = stage(1024, 512, 3, 2);
  readonly lda1_pool: readonly Layer[] = [new Conv2d(256, 16, 1, { bias: false }), averages];
  readonly lda1_fc = new Linear(16 * 64, LOCAL_FEATURES);
  readonly lda2_pool: readonly Layer[] = [new Conv2d(512, 32, 1, { bias: false }), averages];
  readonly lda2_fc = new Linear(32 * 16, LOCAL_FEATURES);
  readonly lda3_pool: readonly Layer[] = [new Conv2d(1024, 64, 1, { bias: false }), averages];
  readonly lda3_fc = new Linear(64 * 4, LOCAL_FEATURES);
  readonly lda4_fc = new Linear(2048, TARGET_INPUTS - 3 * LOCAL_FEATURES);

  /** [B, 3, 224, 224] → maps [B, 2048, 7, 7], and features [B, 224] */
  forward(g: Graph, image: Value): { maps: Value; features: Value } {
    let x = g.relu(this.bn1.forward(g, this.conv1.forward(g, image)));
    x = g.maxPool(x, [3, 3], { stride: [2, 2], padding: 1 });
    x = inTurn(g, this.layer1, x);
    const first = this.lda1_fc.forward(g, flatten(g, inTurn(g, this.lda1_pool, x)));
    x = inTurn(g, this.layer2, x);
    const second = this.lda2_fc.forward(g, flatten(g, inTurn(g, this.lda2_pool, x)));
    x = inTurn(g, this.layer3, x);
    const third = this.lda3_fc.forward(g, flatten(g, inTurn(g, this.lda3_pool, x)));
    const maps = inTurn(g, this.layer4, x);
    const fourth = this.lda4_fc.forward(g, flatten(g, averages.forward(g, maps)));
    return { maps, features: g.concat([first, second, third, fourth], 1) };
  }
}

/**
 * The judge of picture quality of the official data filter (Su et al. 2020, "Blindly Assess Image Quality in the Wild Guided by a
 * Self-Adaptive Hyper Network"), with the weights published as `koniq_pretrained.pkl`. Scores are about 0 to 100, higher is better.
 */
export class HyperIQA extends Module {
  readonly res = new DistortionAwareResNet();
  readonly conv1: readonly Layer[];
  readonly fc1w_conv: Conv2d;
  readonly fc1b_fc: Linear;
  readonly fc2w_conv: Conv2d;
  readonly fc2b_fc: Linear;
  readonly fc3w_conv: Conv2d;
  readonly fc3b_fc: Linear;
  readonly fc4w_conv: Conv2d;
  readonly fc4b_fc: Linear;
  readonly fc5w_fc: Linear;
  readonly fc5b_fc: Linear;

  constructor() {
    super();
    this.conv1 = [
      ...[new Conv2d(2048, 1024, 1), relu],
      ...[new Conv2d(1024, 512, 1), relu],
      ...[new Conv2d(512, HYPER_CHANNELS, 1), relu],
    ];
    const weightMaker = (inputs: number, outputs: number): Conv2d =>
      new Conv2d(HYPER_CHANNELS, (inputs * outputs) / HYPER_SIDE ** 2, 3, { padding: 1 });
    const [size1, size2, size3, size4] = TARGET_SIZES;
    this.fc1w_conv = weightMaker(TARGET_INPUTS, size1);
    this.fc1b_fc = new Linear(HYPER_CHANNELS, size1);
    this.fc2w_conv = weightMaker(size1, size2);
    this.fc2b_fc = new Linear(HYPER_CHANNELS, size2);
    this.fc3w_conv = weightMaker(size2, size3);
    this.fc3b_fc = new Linear(HYPER_CHANNELS, size3);
    this.fc4w_conv = weightMaker(size3, size4);
    this.fc4b_fc = new Linear(HYPER_CHANNELS, size4);
    this.fc5w_fc = new Linear(HYPER_CHANNELS, size4);
    this.fc5b_fc = new Linear(HYPER_CHANNELS, 1);
    nameParameters(this);
  }

  /** RGB [B, 3, 224, 224], normalized as for ImageNet → scores [B, 1], and the features [B, 224] that they are of */
  forward(g: Graph, image: Value): { score: Value; features: Value } {
    const { maps, features } = this.res.forward(g, image);
    const hyper = inTurn(g, this.conv1, maps); // [B, 2048, 7, 7] → [B, 112, 7, 7]
    const pooled = flatten(g, averages.forward(g, hyper)); // [B, 112]
    const [batch] = image.shape;

    // A layer of each image's own: x [B, in, 1] → [B, out, 1]
    const layer = (x: Value, weight: Value, bias: Value): Value => {
      const outputs = bias.shape[1];
      const matrix = g.reshape(weight, [batch, outputs, x.shape[1]]);
      return g.add(g.matmul(matrix, x), g.reshape(bias, [batch, outputs, 1]));
    };
    let x = g.reshape(features, [batch, TARGET_INPUTS, 1]);
    x = g.sigmoid(layer(x, this.fc1w_conv.forward(g, hyper), this.fc1b_fc.forward(g, pooled)));
    x = g.sigmoid(layer(x, this.fc2w_conv.forward(g, hyper), this.fc2b_fc.forward(g, pooled)));
    x = g.sigmoid(layer(x, this.fc3w_conv.forward(g, hyper), this.fc3b_fc.forward(g, pooled)));
    x = g.sigmoid(layer(x, this.fc4w_conv.forward(g, hyper), this.fc4b_fc.forward(g, pooled)));
    x = layer(x, this.fc5w_fc.forward(g, pooled), this.fc5b_fc.forward(g, pooled));
    return { score: g.reshape(x, [batch, 1]), features };
  }
}

/** Returns the graph `image` [B, 3, 224, 224] → `score` [B, 1], `features` [B, 224]. */
export function hyperIQAGraph(model: HyperIQA, batch = 1): Graph {
  const g = new Graph();
  const { score, features } = model.forward(g, g.input('image', [batch, 3, HYPER_IQA_SIDE, HYPER_IQA_SIDE]));
  g.output('score', score);
  g.output('features', features);
  return g;
}
