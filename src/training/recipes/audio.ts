// Recipe of the audio encoder: speech → Whisper's encoder → what is spoken and what the mouth does, 50 times per second.
import { ROWS_PER_SECOND } from '../../audio/feature-windows.ts';
import { MEL_BANDS } from '../../audio/log-mel-spectrogram.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { WhisperEncoder, whisperPositions, type WhisperEncoderConfig } from '../../models/whisper-encoder.ts';
import { Linear } from '../../nn/linear.ts';
import { Module, nameParameters } from '../../nn/module.ts';
import { checkWeights } from '../../nn/weights.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Value } from '../../onnx/graph-core.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { PHONEME_SYMBOLS } from '../../synthetic/speech-labels.ts';
import { PIECE_SECONDS, type SpeechPiece } from '../data/speech-set-node.ts';
import { initialParameter } from '../initial-parameters.ts';
import { crossEntropy, meanOf, weightedSum } from '../losses.ts';
import { layoutOf } from '../parameter-layout.ts';
import { MOUTH_NAMES } from '../../synthetic/expression.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import type { ConfigSection } from '../training-config.ts';
import { TrainingGraph } from '../training-graph.ts';
import type { TrainingTask } from '../training-task.ts';
import { SPEECH_SOURCES, type SpeechSource } from '../voices/recorded-voices.ts';

/** Settings of the recipe. */
export interface AudioRecipeSettings {
  seed: number;
  /** Windows in a batch. */
  batchSize: number;
  /** Length of a window in seconds, at most the 30 s that the encoder hears; the cost of attention grows with its square. */
  windowSeconds: number;
  /** Pieces of speech of 30 s that windows are cut from. */
  pieces: number;
  /** Who speaks in them. */
  speech: readonly SpeechSource[];
  phonemeWeight: number;
  mouthWeight: number;
}

/** Reads the settings from the sections `data` and `run`. */
export function audioRecipeSettings(data: ConfigSection, run: ConfigSection): AudioRecipeSettings {
  return {
    seed: run.integer('seed', 1247, 0),
    batchSize: data.integer('batch_size', 16),
    windowSeconds: data.integer('window_seconds', 6, 1, PIECE_SECONDS),
    pieces: data.integer('speech_pieces', 600),
    speech: data.words('speech', SPEECH_SOURCES) ?? ['synthetic'],
    phonemeWeight: run.number('phoneme_loss_weight', 1),
    mouthWeight: run.number('mouth_loss_weight', 10),
  };
}

const ENCODER_PREFIX = 'encoder.';

/** The encoder with the two linear layers that exist only during training. */
class ListeningNetwork extends Module {
  readonly encoder: WhisperEncoder;
  readonly phonemeHead: Linear;
  readonly mouthHead: Linear;

  constructor(config: WhisperEncoderConfig) {
    super();
    this.encoder = new WhisperEncoder(config);
    this.phonemeHead = new Linear(config.nAudioState, PHONEME_SYMBOLS.length);
    this.mouthHead = new Linear(config.nAudioState, MOUTH_NAMES.length);
    nameParameters(this);
  }

  /** [B, mels, 2·T] → phonemes' logits [B·T, symbols] and the mouth's figures [B·T, K] */
  forward(g: Graph, mel: Value): { phonemes: Value; mouth: Value } {
    const embeddings = this.encoder.forward(g, mel); // [B, layers+1, T, state]
    const [batch, layers, positions, state] = embeddings.shape.map(Number);
    const last = g.reshape(g.slice(embeddings, 1, layers - 1, layers), [batch * positions, state]);
    return { phonemes: this.phonemeHead.forward(g, last), mouth: this.mouthHead.forward(g, last) };
  }
}

/** What the encoder is trained with, in addition to its settings. */
export interface AudioTaskInputs {
  config: WhisperEncoderConfig;
  speech: readonly SpeechPiece[];
  /** Weights of an encoder to start from. */
  checkpoint?: Checkpoint;
}

const POSITIONS = `${ENCODER_PREFIX}positional_embedding`;

/**
 * Returns the task of training a Whisper encoder on speech with labels.
 *
 * Windows shorter than the encoder's are placed anywhere in it: the table of positions is an input, a part of the whole.
 */
export function audioTask(
  { config, speech, checkpoint }: AudioTaskInputs,
  settings: AudioRecipeSettings,
): TrainingTask {
  const { batchSize, seed, windowSeconds } = settings;
  const positions = windowSeconds * ROWS_PER_SECOND;
  if (positions > config.nAudioCtx) {
    throw new RangeError(`windowSeconds must be at most ${config.nAudioCtx / ROWS_PER_SECOND} (got ${windowSeconds}).`);
  }
  const network = new ListeningNetwork({ ...config, nAudioCtx: positions });
  const layout = layoutOf(network);
  const rows = batchSize * positions;

  const g = new TrainingGraph(layout, [POSITIONS]);
  const mel = g.input('mel', [batchSize, MEL_BANDS, 2 * positions]);
  const phonemes = g.input('phonemes', [rows, PHONEME_SYMBOLS.length]);
  const mouth = g.input('mouth', [rows, MOUTH_NAMES.length]);
  const heard = g.input('heard', [rows, 1]);
  const prediction = network.forward(g, mel);
  const phonemeError = crossEntropy(g, prediction.phonemes, phonemes);
  const difference = g.mul(g.sub(prediction.mouth, mouth), heard);
  const mouthError = meanOf(g, g.mul(difference, difference));
  g.output('phoneme_loss', phonemeError);
  g.output('mouth_loss', mouthError);
  g.outputGradients(
    weightedSum(g, [
      [phonemeError, settings.phonemeWeight],
      [mouthError, settings.mouthWeight],
    ]),
  );

  const { nAudioCtx, nAudioState } = config;
  const table = Tensor.float32([nAudioCtx, nAudioState], whisperPositions(nAudioCtx, nAudioState));
  return {
    layout,
    graph: g,
    prepare: () => {
      if (checkpoint) checkWeights(new WhisperEncoder(config), checkpoint);
      return Promise.resolve();
    },
    frozen: (key) => {
      throw new TypeError(`${key} is neither trained nor an input.`);
    },
    initial: async (key, shape) => {
      const stored = key.slice(ENCODER_PREFIX.length);
      if (key.startsWith(ENCODER_PREFIX) && checkpoint?.tensors.has(stored))
        return toFloat32(await checkpoint.read(stored)).data;
      return initialParameter(key, shape, seed);
    },
    fileKey: (key) => (key.startsWith(ENCODER_PREFIX) ? key.slice(ENCODER_PREFIX.length) : undefined),
    batch: (step, part) => {
      const random = new SeededRandom(seed).fork(`batch ${step}.${part}`);
      const first = random.integer(nAudioCtx - positions + 1);
      return Promise.resolve({
        ...listeningBatch(random, speech, batchSize, positions),
        [POSITIONS]: table.slice(0, first, first + positions),
      });
    },
    others: () => Promise.resolve(new Map([[POSITIONS, table]])),
  };
}

/** Share of the windows in which a recording ends. */
const ENDING_SHARE = 0.2;

/** Windows of speech. In some the recording ends early: what follows is zeros, as in the pipeline, and has no labels. */
function listeningBatch(
  random: SeededRandom,
  speech: readonly SpeechPiece[],
  batchSize: number,
  positions: number,
): Record<string, Tensor<'float32'>> {
  const rows = batchSize * positions;
  const symbols = PHONEME_SYMBOLS.length;
  const figures = MOUTH_NAMES.length;
  const mels: Tensor<'float32'>[] = [];
  const mouths: Tensor<'float32'>[] = [];
  const phonemes = Tensor.float32([rows, symbols]);
  const heard = Tensor.float32([rows, 1]);
  for (let index = 0; index < batchSize; index++) {
    const piece = speech[random.integer(speech.length)];
    const start = random.integer(piece.phonemes.length - positions + 1);
    const length = random.next() < ENDING_SHARE ? 1 + random.integer(positions) : positions;
    const end = start + length;
    const missing = positions - length;
    mels.push(Tensor.concat([piece.mel.slice(1, 2 * start, 2 * end), Tensor.float32([MEL_BANDS, 2 * missing])], 1));
    mouths.push(piece.mouth.slice(0, start, end), Tensor.float32([missing, figures]));
    const first = index * positions;
    for (let row = 0; row < length; row++) {
      phonemes.data[(first + row) * symbols + piece.phonemes[start + row]] = 1;
      heard.data[first + row] = 1;
    }
  }
  const mel = Tensor.concat(mels, 0).reshape([batchSize, MEL_BANDS, 2 * positions]);
  return { mel, phonemes, mouth: Tensor.concat(mouths, 0), heard };
}
