// Losses of the UNet in pixel space: what it predicts is decoded, compared with the true frames, and judged by a StableSyncNet.
import { syncnetMelSpectrogram } from '../../audio/syncnet-mel.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import type { AutoencoderKL } from '../../models/autoencoder-kl.ts';
import type { StableSyncNet } from '../../models/stable-syncnet.ts';
import { Module } from '../../nn/module.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Value } from '../../onnx/graph-core.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { melWindow, SYNC_MEL_BANDS, syncMelFrames } from '../data/sync-windows.ts';
import { facePlanes } from '../data/face-planes.ts';
import { fromInt16, type TrainingClip } from '../data/training-clip.ts';
import { meanOf } from '../losses.ts';
import { fittingSyncNet } from '../syncnet-fit.ts';

/** A network with its weights. */
export interface TrainedNetwork<M extends Module> {
  network: M;
  weights: Checkpoint;
}

/** What judges the decoded frames, and how much each judgment counts relative to the error of the noise. */
export interface PixelSupervisionOptions {
  vae: TrainedNetwork<AutoencoderKL>;
  syncnet: TrainedNetwork<StableSyncNet> | undefined;
  /** Of the mean absolute error of the decoded frames. */
  reconWeight: number;
  /** Of −log(cosine) of lips and sound. */
  syncWeight: number;
  /** Latents are multiplied by this for the UNet. */
  scalingFactor: number;
  resolution: number;
  /** Clips of a batch. */
  batchSize: number;
  /** Frames of each clip. */
  numFrames: number;
  /** Video frames per second. */
  frameRate: number;
}

/** Noisy latents, [B, C, F, h, w], and the shares of latents and noise in them, [B, 1, 1, 1, 1] each. */
export interface NoisyLatents {
  noisy: Value;
  signal: Value;
  strength: Value;
}

/** The judges as parts of one network, so that their parameters have distinct names. */
class Judges extends Module {
  readonly vae: AutoencoderKL;
  readonly syncnet: StableSyncNet | undefined;

  constructor({ vae, syncnet }: PixelSupervisionOptions) {
    super();
    this.vae = vae.network;
    this.syncnet = syncnet?.network;
    for (const [key, parameter] of this.namedParameters()) parameter.key = `${PREFIX}${key}`;
  }
}

/** Prefix of the judges' parameters. */
const PREFIX = 'judges.';

/** The losses of a batch in pixel space. */
export class PixelSupervision {
  readonly #options: PixelSupervisionOptions;
  readonly #judges: Judges;
  readonly #mels = new Map<TrainingClip, Tensor<'float32'>>();

  constructor(options: PixelSupervisionOptions) {
    this.#options = options;
    this.#judges = new Judges(options);
  }

  /**
   * Adds the losses to a graph, with the inputs `frames`, and `mel` when there is a StableSyncNet. An item counts by its signal:
   * nothing sharp can be recovered from strong noise.
   *
   * @returns the losses with their weights.
   */
  addLosses(
    g: Graph,
    { noisy, noisePred, signal, strength }: NoisyLatents & { noisePred: Value },
  ): (readonly [loss: Value, weight: number])[] {
    const { batchSize, numFrames, resolution, frameRate, scalingFactor, reconWeight, syncWeight } = this.#options;
    const { vae, syncnet } = this.#judges;
    const frames = g.input('frames', [batchSize * numFrames, 3, resolution, resolution]);
    const [, channels, , height, width] = noisy.shape;
    const predicted = g.div(g.sub(noisy, g.mul(strength, noisePred)), signal);
    const byFrame = g.transpose(predicted, [0, 2, 1, 3, 4]); // [B, C, F, h, w] → [B, F, C, h, w]
    const latents = g.reshape(byFrame, [batchSize * numFrames, channels, height, width]);
    const decoded = vae.decode(g, g.mul(latents, g.float(1 / scalingFactor))); // [B·F, 3, R, R]
    const stackedShape = [batchSize, numFrames * 3, resolution, resolution];
    const errors = g.reshape(g.abs(g.sub(decoded, frames)), stackedShape);
    const recon = meanOf(g, g.mul(errors, g.reshape(signal, [batchSize, 1, 1, 1])));
    g.output('recon_loss', recon);
    if (!syncnet) return [[recon, reconWeight]];
    const mel = g.input('mel', [batchSize, 1, SYNC_MEL_BANDS, syncMelFrames(numFrames, frameRate)]);
    const lowerHalves = g.slice(g.reshape(decoded, stackedShape), 2, resolution / 2, resolution);
    const { cosine } = fittingSyncNet(resolution, () => syncnet.forward(g, lowerHalves, mel));
    const doubt = g.mul(g.log(g.clip(cosine, LEAST_COSINE, 1)), g.float(-1));
    const sync = meanOf(g, g.mul(doubt, g.reshape(signal, [batchSize])));
    g.output('sync_loss', sync);
    return [
      [recon, reconWeight],
      [sync, syncWeight],
    ];
  }

  /** Returns the judges' parameters by the graph's keys. */
  async parameters(): Promise<Map<string, Tensor<'float32'>>> {
    const { vae, syncnet } = this.#options;
    const tensors = new Map<string, Tensor<'float32'>>();
    for (const [part, trained] of Object.entries({ vae, syncnet })) {
      for (const key of trained?.weights.tensors.keys() ?? [])
        tensors.set(`${PREFIX}${part}.${key}`, toFloat32(await trained!.weights.read(key)));
    }
    return tensors;
  }

  /** Returns the inputs that {@link addLosses} declares. */
  async targets(windows: readonly { clip: TrainingClip; start: number }[]): Promise<Record<string, Tensor<'float32'>>> {
    const { numFrames, frameRate } = this.#options;
    const melFrames = syncMelFrames(numFrames, frameRate);
    const shown: Tensor<'float32'>[] = [];
    const heard: Tensor<'float32'>[] = [];
    for (const { clip, start } of windows) {
      shown.push(facePlanes(await clip.readFrames(start, start + numFrames)));
      if (this.#judges.syncnet) heard.push(melWindow(await this.#melOf(clip), start, clip.frameRate, melFrames));
    }
    const frames = Tensor.concat(shown, 0);
    return this.#judges.syncnet ? { frames, mel: Tensor.concat(heard, 0) } : { frames };
  }

  async #melOf(clip: TrainingClip): Promise<Tensor<'float32'>> {
    let mel = this.#mels.get(clip);
    if (!mel) {
      mel = syncnetMelSpectrogram(fromInt16(await clip.readAudio()));
      this.#mels.set(clip, mel);
    }
    return mel;
  }
}

/** Keeps the logarithm of a cosine finite. */
const LEAST_COSINE = 1e-4;
