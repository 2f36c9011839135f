// S3FD: image [B,3,H,W] → offsets [B,P,4] and probabilities [B,P,2] (background, face) of the P priors of six levels.
import { fixedDim, productOf } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv2d } from '../nn/conv.ts';
import { Module, nameParameters, Parameter, type Layer } from '../nn/module.ts';

/** Added to norms before they divide. */
const EPSILON = 1e-10;

// Steps of a chain. In the checkpoint, steps without parameters count too.
const relu: Layer = { forward: (g, x) => g.relu(x) };
const halve: Layer = { forward: (g, x) => g.maxPool(x, [2, 2]) };
const halveUp: Layer = { forward: (g, x) => g.maxPool(x, [2, 2], { ceilMode: true }) };

/** Scales each pixel's channels to a learned length. */
export class L2Norm extends Module {
  readonly weight: Parameter;

  constructor(channels: number) {
    super();
    this.weight = new Parameter([channels]);
  }

  /** [B, C, H, W] → [B, C, H, W] */
  forward(g: Graph, x: Value): Value {
    const norm = g.add(g.reduceL2(x, [1]), g.float(EPSILON));
    return g.mul(g.div(x, norm), this.weight.value(g, [...this.weight.shape, 1, 1]));
  }
}

function convolution(inChannels: number, outChannels: number): Conv2d {
  return new Conv2d(inChannels, outChannels, 3, { padding: 1 });
}

/** What {@link S3FD} says of the priors of an image. */
export interface S3FDOutputs {
  /** Offsets of centers, and logarithms of sizes, both relative to the prior, [B, P, 4]. */
  readonly loc: Value;
  /** The probabilities of background and face, [B, P, 2]. */
  readonly conf: Value;
}

/**
 * The face detector of the official evaluation (Zhang et al. 2017, "S³FD: Single Shot Scale-invariant Face Detector"), with the weights
 * published as `sfd_face.pth`: VGG-16 with dilated last layers, six levels, and a background score of the first level that is the
 * greatest of three.
 */
export class S3FD extends Module {
  readonly vgg: readonly Layer[];
  readonly L2Norm3_3: L2Norm;
  readonly L2Norm4_3: L2Norm;
  readonly L2Norm5_3: L2Norm;
  readonly extras: readonly Conv2d[];
  readonly loc: readonly Conv2d[];
  readonly conf: readonly Conv2d[];

  constructor() {
    super();
    this.vgg = [
      ...[convolution(3, 64), relu, convolution(64, 64), relu, halve],
      ...[convolution(64, 128), relu, convolution(128, 128), relu, halve],
      ...[convolution(128, 256), relu, convolution(256, 256), relu, convolution(256, 256), relu, halveUp],
      ...[convolution(256, 512), relu, convolution(512, 512), relu, convolution(512, 512), relu, halve],
      ...[convolution(512, 512), relu, convolution(512, 512), relu, convolution(512, 512), relu, halve],
      ...[new Conv2d(512, 1024, 3, { padding: 6, dilation: 6 }), relu, new Conv2d(1024, 1024, 1), relu],
    ];
    this.L2Norm3_3 = new L2Norm(256);
    this.L2Norm4_3 = new L2Norm(512);
    this.L2Norm5_3 = new L2Norm(512);
    this.extras = [
      new Conv2d(1024, 256, 1),
      new Conv2d(256, 512, 3, { stride: 2, padding: 1 }),
      new Conv2d(512, 128, 1),
      new Conv2d(128, 256, 3, { stride: 2, padding: 1 }),
    ];
    const channels = [256, 512, 512, 1024, 512, 256];
    this.loc = channels.map((width) => convolution(width, 4));
    this.conf = channels.map((width, level) => convolution(width, level === 0 ? 4 : 2));
    nameParameters(this);
  }

  /** RGB [B, 3, H, W], 0…255 less the means of the channels */
  forward(g: Graph, image: Value): S3FDOutputs {
    const steps = (from: number, end: number, x: Value): Value =>
      this.vgg.slice(from, end).reduce((hidden, layer) => layer.forward(g, hidden), x);
    const conv33 = steps(0, 16, image); // 1/4 of the image
    const conv43 = steps(16, 23, conv33); // 1/8
    const conv53 = steps(23, 30, conv43); // 1/16
    const fc7 = steps(30, this.vgg.length, conv53); // 1/32
    const [reduce6, conv6, reduce7, conv7] = this.extras;
    const sixth = g.relu(conv6.forward(g, g.relu(reduce6.forward(g, fc7)))); // 1/64
    const seventh = g.relu(conv7.forward(g, g.relu(reduce7.forward(g, sixth)))); // 1/128
    const sources = [
      this.L2Norm3_3.forward(g, conv33),
      this.L2Norm4_3.forward(g, conv43),
      this.L2Norm5_3.forward(g, conv53),
      fc7,
      sixth,
      seventh,
    ];
    const loc = sources.map((source, level) => rows(g, this.loc[level].forward(g, source)));
    const conf = sources.map((source, level) => {
      const scores = this.conf[level].forward(g, source);
      if (level > 0) return rows(g, scores);
      const [backgrounds, face] = g.split(scores, 1, [3, 1]);
      return rows(g, g.concat([g.reduceMax(backgrounds, [1]), face], 1));
    });
    return { loc: g.concat(loc, 1), conf: g.softmax(g.concat(conf, 1)) };
  }
}

/** [B, C, H, W] → [B, H·W, C] */
function rows(g: Graph, x: Value): Value {
  const [batch, channels, height, width] = x.shape;
  const pixels = fixedDim(productOf([height, width]), 'The size of a level');
  return g.reshape(g.transpose(x, [0, 2, 3, 1]), [batch, pixels, channels]);
}

/** Returns the graph `image` [1, 3, H, W] → `loc` [1, P, 4], `conf` [1, P, 2] for images of one size. */
export function s3fdGraph(model: S3FD, { height, width }: { height: number; width: number }): Graph {
  const g = new Graph();
  const { loc, conf } = model.forward(g, g.input('image', [1, 3, height, width]));
  g.output('loc', loc);
  g.output('conf', conf);
  return g;
}
