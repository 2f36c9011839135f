// The adversary of the VAE: a discriminator that is trained along with it, and the losses of either. Mouths stay sharp by it.
import { LatentSyncError } from '../../util/errors.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Value } from '../../onnx/graph-core.ts';
import { initialParameter } from '../initial-parameters.ts';
import { meanAbsoluteError, meanOf, meanSquaredError, squareMeans } from '../losses.ts';
import { layoutOf, type ParameterLayout } from '../parameter-layout.ts';
import { PatchDiscriminator, SLOPE } from '../patch-discriminator.ts';

/** Prefix of the adversary's parameters. */
export const ADVERSARY = 'discriminator.';

/** PyTorch's default weights lose half of a signal in every layer; these keep it (He et al. 2015). */
const GAIN = Math.sqrt(6 / (1 + SLOPE ** 2));

/** Pixels from one verdict to the next. */
const STRIDE = 4;

/** What an adversary judges, and where its losses are. */
export interface AdversaryLosses {
  /** How far the drawn image is from what passes for real: mean of (verdict − 1)² (Mao et al. 2017). */
  deception: Value;
  /** How differently it sees the drawn and the real image: mean absolute difference of its features (Wang et al. 2018). */
  features: Value;
  /** What it is trained to lower: the error of its verdicts on both. */
  discrimination: Value;
  /** Share of its verdicts that are on the wrong side of ½; ½ is chance. */
  confusion: Value;
}

/** A discriminator as a part of a training graph. */
export class Adversary {
  readonly layout: ParameterLayout;
  readonly #network = new PatchDiscriminator();

  constructor() {
    for (const [key, parameter] of this.#network.namedParameters(ADVERSARY.slice(0, -1))) parameter.key = key;
    this.layout = layoutOf(this.#network, { prefix: ADVERSARY });
  }

  /** Returns a parameter's first values. */
  initial(key: string, shape: readonly number[], seed: number): Float32Array {
    return initialParameter(key, shape, seed).map((value) => (shape.length > 1 ? GAIN * value : value));
  }

  /**
   * Adds the losses to a graph.
   *
   * @param places - [N,1,H,W] how much each pixel counts.
   * @throws LatentSyncError `config-invalid` unless the images' sides are multiples of 4.
   */
  judge(g: Graph, { real, drawn, places }: { real: Value; drawn: Value; places: Value }): AdversaryLosses {
    if (Number(real.shape[2]) % STRIDE !== 0) {
      throw new LatentSyncError(
        'config-invalid',
        `"data.patch_size" must be a multiple of ${STRIDE} for a discriminator (got ${Number(real.shape[2])}).`,
      );
    }
    const onReal = this.#network.forward(g, real);
    const onDrawn = this.#network.forward(g, drawn);
    const coarse = squareMeans(g, places, STRIDE);
    const errors = onDrawn.features.map((feature, layer) => {
      const stride = Number(real.shape[2]) / Number(feature.shape[2]);
      return meanAbsoluteError(g, g.sub(feature, onReal.features[layer]), squareMeans(g, places, stride));
    });
    const toReal = (verdicts: Value): Value => meanSquaredError(g, g.sub(verdicts, g.float(1)), coarse);
    const shareAbove = (verdicts: Value): Value => meanOf(g, g.cast(g.greater(verdicts, g.float(0.5)), 'float32'));
    const wrong = g.add(g.sub(g.float(1), shareAbove(onReal.verdicts)), shareAbove(onDrawn.verdicts));
    return {
      confusion: g.mul(wrong, g.float(0.5)),
      deception: toReal(onDrawn.verdicts),
      features: errors.reduce((sum, error) => g.add(sum, error)),
      discrimination: g.add(toReal(onReal.verdicts), meanSquaredError(g, onDrawn.verdicts, coarse)),
    };
  }
}
