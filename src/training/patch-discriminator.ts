// PatchDiscriminator: image [N,3,H,W] → verdicts [N,1,H/4,W/4], each on the 26×26 pixels around it. Isola et al. (2017), small.
import { Conv2d } from '../nn/conv.ts';
import { Module } from '../nn/module.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';

/** Slope of the activations below zero. */
export const SLOPE = 0.2;

/** What a discriminator sees in an image. */
export interface Discerned {
  /** Activations, from fine to coarse: [N, channels, H/2, W/2], then two of [N, channels, H/4, W/4]. */
  features: readonly Value[];
  /** About 1 where the image looks real, 0 where it does not. */
  verdicts: Value;
}

/** Tells patches of real images from drawn ones. Only training uses it. */
export class PatchDiscriminator extends Module {
  readonly convs: readonly Conv2d[];
  readonly conv_out: Conv2d;

  /** @param channels - of the three layers. */
  constructor([fine, middle, coarse]: readonly [number, number, number] = [24, 48, 64]) {
    super();
    this.convs = [
      new Conv2d(3, fine, 4, { stride: 2, padding: 1 }),
      new Conv2d(fine, middle, 4, { stride: 2, padding: 1 }),
      new Conv2d(middle, coarse, 3, { padding: 1 }),
    ];
    this.conv_out = new Conv2d(coarse, 1, 3, { padding: 1 });
  }

  /** [N,3,H,W] → features and verdicts; H and W are multiples of 4. */
  forward(g: Graph, image: Value): Discerned {
    const features: Value[] = [];
    let hidden = image;
    for (const conv of this.convs) {
      hidden = g.leakyRelu(conv.forward(g, hidden), SLOPE);
      features.push(hidden);
    }
    return { features, verdicts: this.conv_out.forward(g, hidden) };
  }
}
