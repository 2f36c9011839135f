// TrainingClip: aligned faces [F,R,R,3] with their sound, in one safetensors file, read in parts; synthetic ones with labels.
import type { ByteSource } from '../../checkpoint/byte-source.ts';
import { corrupt } from '../../checkpoint/checkpoint-error.ts';
import { readSafetensors } from '../../checkpoint/safetensors.ts';
import type { CheckpointContents, StoredTensor } from '../../checkpoint/stored-tensor.ts';
import type { TensorSource } from '../../checkpoint/tensor-source.ts';
import { dataFromBytes, Tensor, type DType } from '../../tensor/tensor.ts';
import { checkInteger } from '../../util/assert.ts';
import { MOUTH_NAMES } from '../../synthetic/expression.ts';
import { LABEL_RATE, type SpeechLabels } from '../../synthetic/speech-labels.ts';

/** Samples per second of a clip's sound. */
export const CLIP_SAMPLE_RATE = 16_000;

/** Samples from one row of labels to the next. */
const SAMPLES_PER_LABEL = CLIP_SAMPLE_RATE / LABEL_RATE;

/** What is known about a synthetic clip by construction. */
export interface ClipLabels extends SpeechLabels {
  /** [F] gap between the lips as drawn, centimeters. */
  opening: Float32Array;
  /** [F] distance between the corners of the mouth as drawn, centimeters. */
  width: Float32Array;
}

/** Everything that a clip's file holds. */
export interface TrainingClipContents {
  /** [F, R, R, 3] RGB, aligned as the lip-sync pipeline aligns them. */
  frames: Tensor<'uint8'>;
  /** Mono at {@link CLIP_SAMPLE_RATE}, from the start of the first frame to the end of the last. */
  audio: Int16Array;
  /** Frames per second. */
  frameRate: number;
  /** Where the clip comes from, as strings: a seed and what is said, or a file and a time. */
  origin: Readonly<Record<string, string>>;
  /** Only of synthetic clips. */
  labels?: ClipLabels;
}

/** Returns the number of sound samples that belong to a number of frames. */
export function samplesOfFrames(frames: number, frameRate: number): number {
  return Math.round((frames / frameRate) * CLIP_SAMPLE_RATE);
}

/** Returns the number of label rows for a number of sound samples. */
export function labelRows(samples: number): number {
  return Math.floor(samples / SAMPLES_PER_LABEL);
}

/** Returns samples within ±1 as 16-bit integers; values beyond are clipped. */
export function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (x) => Math.max(-32768, Math.min(32767, Math.round(x * 32768))));
}

/** Returns 16-bit samples as numbers within ±1. */
export function fromInt16(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (x) => x / 32768);
}

/** A clip as the writer of safetensors files takes it. */
export interface TrainingClipTensors {
  source: TensorSource;
  metadata: Readonly<Record<string, string>>;
}

/**
 * Returns the tensors and metadata of a clip's file.
 *
 * @throws RangeError when lengths do not fit together.
 */
export function trainingClipTensors(contents: TrainingClipContents): TrainingClipTensors {
  const { frames, audio, frameRate, origin, labels } = contents;
  const count = frames.shape[0];
  const samples = samplesOfFrames(count, frameRate);
  if (audio.length !== samples) {
    throw new RangeError(`contents.audio must have ${samples} samples for ${count} frames (got ${audio.length}).`);
  }
  const tensors = new Map<string, Tensor>([
    ['frames', frames],
    ['audio', new Tensor('int16', [samples], audio)],
  ]);
  if (labels) {
    const rows = labelRows(samples);
    tensors.set('opening', Tensor.float32([count], labels.opening));
    tensors.set('width', Tensor.float32([count], labels.width));
    tensors.set('phonemes', new Tensor('int32', [rows], labels.phonemes));
    tensors.set('mouth', Tensor.float32([rows, MOUTH_NAMES.length], labels.mouth));
  }
  return {
    source: { tensors, read: (key) => Promise.resolve(tensors.get(key)!) },
    metadata: { ...origin, frameRate: String(frameRate) },
  };
}

/** Returns a tensor that a clip must have, once its type and rank are what they must be. */
function expectTensor(
  contents: CheckpointContents,
  file: string,
  key: string,
  dtype: DType,
  rank: number,
): StoredTensor {
  const tensor = contents.tensors.get(key);
  if (!tensor) throw corrupt(file, `is not a training clip: it has no tensor "${key}"`);
  if (tensor.dtype !== dtype || tensor.shape.length !== rank) {
    throw corrupt(file, `is not a training clip: "${key}" is ${tensor.dtype} [${tensor.shape.join(', ')}]`);
  }
  return tensor;
}

/**
 * An open clip. Parts are read on demand.
 *
 * @example
 * await using clip = await openTrainingClip('clips/synthetic-1000000.safetensors');
 * const window = await clip.readFrames(16, 32); // [16, R, R, 3]
 */
export class TrainingClip implements AsyncDisposable {
  /** The name of the file in error messages. */
  readonly name: string;
  /** F. */
  readonly frameCount: number;
  /** R: side of the faces in pixels. */
  readonly resolution: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** Samples of the sound. */
  readonly sampleCount: number;
  /** Whether {@link TrainingClip.readLabels} gives something. */
  readonly hasLabels: boolean;
  /** Where the clip comes from. */
  readonly origin: Readonly<Record<string, unknown>>;
  readonly #source: ByteSource;
  readonly #contents: CheckpointContents;
  readonly #framesOffset: number;
  readonly #audioOffset: number;

  private constructor(source: ByteSource, contents: CheckpointContents) {
    const frames = expectTensor(contents, source.name, 'frames', 'uint8', 4);
    const audio = expectTensor(contents, source.name, 'audio', 'int16', 1);
    const { frameRate, ...origin } = contents.metadata;
    this.name = source.name;
    [this.frameCount, this.resolution] = frames.shape;
    this.frameRate = Number(frameRate);
    [this.sampleCount] = audio.shape;
    this.hasLabels = contents.tensors.has('mouth');
    this.origin = origin;
    this.#source = source;
    this.#contents = contents;
    this.#framesOffset = frames.location!.offset;
    this.#audioOffset = audio.location!.offset;
    if (!(this.frameRate > 0) || this.sampleCount !== samplesOfFrames(this.frameCount, this.frameRate)) {
      throw corrupt(this.name, 'is not a training clip: its frames and its audio differ in length');
    }
  }

  /**
   * Opens a clip. The source belongs to it from here on, and is closed when opening fails.
   *
   * @throws LatentSyncError `checkpoint-corrupt` when it is not a clip.
   */
  static async open(source: ByteSource): Promise<TrainingClip> {
    try {
      return new TrainingClip(source, await readSafetensors(source));
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /**
   * Returns the faces from `start` up to but not including `end`: [end − start, R, R, 3].
   *
   * @throws RangeError when the clip does not have them.
   */
  async readFrames(start = 0, end = this.frameCount): Promise<Tensor<'uint8'>> {
    checkInteger('start', start, 0, this.frameCount);
    checkInteger('end', end, start, this.frameCount);
    const size = 3 * this.resolution ** 2;
    const bytes = await this.#source.read(this.#framesOffset + start * size, (end - start) * size);
    return new Tensor('uint8', [end - start, this.resolution, this.resolution, 3], bytes);
  }

  /**
   * Returns the samples from `start` up to but not including `end`.
   *
   * @throws RangeError when the clip does not have them.
   */
  async readAudio(start = 0, end = this.sampleCount): Promise<Int16Array> {
    checkInteger('start', start, 0, this.sampleCount);
    checkInteger('end', end, start, this.sampleCount);
    return dataFromBytes('int16', await this.#source.read(this.#audioOffset + 2 * start, 2 * (end - start)));
  }

  /** Returns the labels of a synthetic clip; undefined for real footage. */
  async readLabels(): Promise<ClipLabels | undefined> {
    if (!this.hasLabels) return undefined;
    const read = async <D extends DType>(key: string, dtype: D, rank: number): Promise<Tensor<D>['data']> => {
      expectTensor(this.#contents, this.name, key, dtype, rank);
      return (await this.#contents.readTensor(key)).data as Tensor<D>['data'];
    };
    return {
      opening: await read('opening', 'float32', 1),
      width: await read('width', 'float32', 1),
      phonemes: await read('phonemes', 'int32', 1),
      mouth: await read('mouth', 'float32', 2),
    };
  }

  /** Closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.close();
  }
}
