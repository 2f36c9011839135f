// A StableSyncNet loaded from its files, to judge faces and sound.
import { syncnetMelSpectrogram } from '../../audio/syncnet-mel.ts';
import { openCheckpointFile } from '../../checkpoint/checkpoint-file-node.ts';
import { StableSyncNet, stableSyncNetGraph } from '../../models/stable-syncnet.ts';
import { bindWeights, checkWeights } from '../../nn/weights.ts';
import type { RunOptions, Runtime, Session } from '../../runtime/runtime.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { copyLowerHalves, copyMelWindow, SYNC_MEL_BANDS, syncMelFrames } from '../data/sync-windows.ts';
import { readSyncNetConfig } from '../run-recipe-node.ts';
import { fittingSyncNet } from '../syncnet-fit.ts';
import type { Faces } from '../../evaluation/picture-quality.ts';
import { judgeSync, type SyncJudgment } from './sync-judgment.ts';

/** Files of a StableSyncNet. */
export interface SyncNetFiles {
  weights: string;
  /** The recipe that it was trained by: its `model` section says what the network is. */
  config: string;
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
    const network = new StableSyncNet(await readSyncNetConfig(files.config));
    const { inChannels } = network.config.visualEncoder;
    if (inChannels % 3 !== 0) {
      throw new LatentSyncError(
        'config-invalid',
        `"model.visual_encoder.in_channels" of ${files.config} must be 3 for each frame (got ${inChannels}).`,
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
    const [frames, resolution] = faces.shape;
    const spectrogram = syncnetMelSpectrogram(samples);
    const area = 3 * resolution * resolution;
    const image = Tensor.float32([1, 3 * this.#numFrames, resolution / 2, resolution]);
    const mel = Tensor.float32([1, 1, SYNC_MEL_BANDS, syncMelFrames(this.#numFrames, this.#frameRate)]);
    const lips: Float32Array[] = [];
    const sound: Float32Array[] = [];
    for (let start = 0; start + this.#numFrames <= frames; start++) {
      const shown = faces.data.subarray(start * area, (start + this.#numFrames) * area);
      copyLowerHalves(new Tensor('uint8', [this.#numFrames, resolution, resolution, 3], shown), image.data);
      copyMelWindow(spectrogram, start, this.#frameRate, mel.data);
      const outputs = await this.#session.run({ image, mel }, options);
      lips.push((outputs.vision_embeds as Tensor<'float32'>).data);
      sound.push((outputs.audio_embeds as Tensor<'float32'>).data);
    }
    return judgeSync(rows(lips), rows(sound));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

/** [D] each → [W, D] */
function rows(vectors: readonly Float32Array[]): Tensor<'float32'> {
  const width = vectors.length === 0 ? 0 : vectors[0].length;
  const out = Tensor.float32([vectors.length, width]);
  vectors.forEach((vector, index) => {
    out.data.set(vector, index * width);
  });
  return out;
}
