// A StableSyncNet loaded from its files, to judge faces and sound.
import { syncnetMelSpectrogram } from '../../audio/syncnet-mel.ts';
import { openCheckpointFile } from '../../checkpoint/checkpoint-file-node.ts';
import { StableSyncNet, stableSyncNetGraph } from '../../models/stable-syncnet.ts';
import { bindWeights, checkWeights } from '../../nn/weights.ts';
import type { RunOptions, Runtime, Session } from '../../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import { lowerHalves, melWindow, syncMelFrames } from '../data/sync-windows.ts';
import { readSyncNetConfig } from '../run-recipe-node.ts';
import { fittingSyncNet } from '../syncnet-fit.ts';
import type { Faces } from '../../evaluation/picture-quality.ts';
import { judgeSync, type SyncJudgment } from './sync-judgment.ts';

/** Files of a StableSyncNet. */
export interface SyncNetFiles {
  weights: string;
  /** The recipe that it was trained by: its `model` section says what the network is. */
  recipe: string;
}

/** Judges faces of one size and frame rate. Disposing it closes its network. */
export class SyncJudge implements AsyncDisposable {
  readonly #session: Session;
  readonly #numFrames: number;
  readonly #frameRate: number;

  private constructor(session: Session, numFrames: number, frameRate: number) {
    this.#session = session;
    this.#numFrames = numFrames;
    this.#frameRate = frameRate;
  }

  /** @throws LatentSyncError when files are missing or belong to different networks. */
  static async open(
    runtime: Runtime,
    files: SyncNetFiles,
    clips: { resolution: number; frameRate: number },
  ): Promise<SyncJudge> {
    const network = new StableSyncNet(await readSyncNetConfig(files.recipe));
    const { inChannels } = network.config.visualEncoder;
    if (inChannels % 3 !== 0) {
      throw new LatentSyncError(
        'config-invalid',
        wording`"model.visual_encoder.in_channels" in ${files.recipe} must be a multiple of 3, for the colors of each frame (got ${inChannels}).`,
      );
    }
    const numFrames = inChannels / 3;
    await using weights = await openCheckpointFile(files.weights);
    checkWeights(network, weights);
    const graph = fittingSyncNet(clips.resolution, () =>
      stableSyncNetGraph(network, {
        batch: 1,
        imageHeight: clips.resolution / 2,
        imageWidth: clips.resolution,
        melFrames: syncMelFrames(numFrames, clips.frameRate),
      }),
    );
    return new SyncJudge(await runtime.createSession(await bindWeights(graph, weights)), numFrames, clips.frameRate);
  }

  /**
   * Judges every window of a clip.
   *
   * @param samples - 16 kHz mono.
   */
  async judge(faces: Faces, samples: Float32Array, options: RunOptions = {}): Promise<SyncJudgment> {
    const [frames] = faces.shape;
    const spectrogram = syncnetMelSpectrogram(samples);
    const melFrames = syncMelFrames(this.#numFrames, this.#frameRate);
    const lips: Tensor<'float32'>[] = [];
    const sound: Tensor<'float32'>[] = [];
    for (let start = 0; start + this.#numFrames <= frames; start++) {
      const image = lowerHalves(faces.slice(0, start, start + this.#numFrames));
      const mel = melWindow(spectrogram, start, this.#frameRate, melFrames);
      const outputs = await this.#session.run({ image, mel }, options);
      lips.push(toFloat32(outputs.vision_embeds));
      sound.push(toFloat32(outputs.audio_embeds));
    }
    return judgeSync(rows(lips), rows(sound));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

/** [1, D] each → [W, D]; a clip shorter than a window has none. */
function rows(vectors: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  return vectors.length === 0 ? Tensor.float32([0, 0]) : Tensor.concat(vectors, 0);
}
