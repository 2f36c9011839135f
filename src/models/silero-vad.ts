// Silero VAD: 16 kHz samples → how probable it is that somebody speaks, every 32 ms. The network is run as its authors publish it:
// input [B,64+512], state [2,B,128], sr → output [B,1], stateN [2,B,128].
import type { SampleStream } from '../audio/encoder-inputs.ts';
import { SAMPLE_RATE } from '../audio/log-mel-spectrogram.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';

/** Names the network where its results are kept. */
export const SILERO_VAD = 'silero-vad-6, twice';

/** Samples between two results: 32 ms. */
export const VAD_CHUNK = 512;

/** Samples of the chunk before that the network hears again. */
const CONTEXT = 64;

/**
 * Two listen, and the mean of what they believe is right more often than either (docs/quiet.md). One works as published: it hears
 * speech under rain well, but where speech turns into rain or music, it believes in speech for a second or two longer. The other one
 * does not: its state fades by this factor with every chunk.
 */
const FADING = [1, 0.93];

const STATE_SIZE = 128;
const STATE_SHAPE = [2, FADING.length, STATE_SIZE];

/**
 * Tells speech from other sound.
 *
 * @example
 * await using vad = await SileroVad.create(runtime, bytes);
 * for await (const probability of vad.probabilities(samples)) console.log(probability);
 */
export class SileroVad implements AsyncDisposable {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /**
   * @param bytes - of `silero_vad_v6.onnx`.
   * @throws LatentSyncError `checkpoint-corrupt` when it is a different network, or what loading a model throws.
   */
  static async create(runtime: Runtime, bytes: Uint8Array): Promise<SileroVad> {
    const model = { bytes, buffers: [], directory: undefined };
    const session = await runtime.createSession(model, { threads: 1 });
    const inputs = session.inputNames.join(', ');
    if (inputs === 'input, state, sr') return new SileroVad(session);
    await session[Symbol.asyncDispose]();
    throw new LatentSyncError(
      'checkpoint-corrupt',
      `The network for speech is not Silero VAD: its inputs are ${inputs}.`,
    );
  }

  /**
   * Yields for every 512 samples how probable it is that somebody speaks in them, 0 to 1. After the end there is silence.
   *
   * @param samples - 16 kHz mono within ±1, in pieces of any size.
   * @throws LatentSyncError `aborted` when the signal fires.
   */
  async *probabilities(
    samples: SampleStream,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<number, void, undefined> {
    const rate = new Tensor('int64', [], BigInt64Array.of(BigInt(SAMPLE_RATE)));
    const heard = new Float32Array(CONTEXT + VAD_CHUNK);
    let filled = CONTEXT;
    let state = Tensor.float32(STATE_SHAPE);
    const listen = async (): Promise<number> => {
      const input = Tensor.concat(
        FADING.map(() => Tensor.float32([1, heard.length], heard)),
        0,
      );
      const { output, stateN } = await this.#session.run({ input, state, sr: rate }, { signal });
      state = faded(toFloat32(stateN));
      heard.copyWithin(0, VAD_CHUNK);
      filled = CONTEXT;
      return toFloat32(output).data.reduce((sum, probability) => sum + probability, 0) / FADING.length;
    };
    for await (const piece of samples) {
      for (let at = 0; at < piece.length;) {
        const count = Math.min(piece.length - at, heard.length - filled);
        heard.set(piece.subarray(at, at + count), filled);
        at += count;
        filled += count;
        if (filled === heard.length) yield await listen();
      }
    }
    if (filled > CONTEXT) {
      heard.fill(0, filled);
      yield await listen();
    }
  }

  /** Frees the network. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

/** [2,B,128] → the same, each listener's faded by its factor. */
function faded({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  return Tensor.float32(
    shape,
    data.map((value, at) => value * FADING[Math.floor(at / STATE_SIZE) % FADING.length]),
  );
}
