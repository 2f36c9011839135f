// Clips as the UNet sees them: latents of each frame, whole and masked, and the features of the sound. Made once, kept in files.
import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpointFile, writeSafetensorsFile } from '../../checkpoint/checkpoint-file-node.ts';
import { AutoencoderKL, encoderGraph, type AutoencoderKLConfig } from '../../models/autoencoder-kl.ts';
import { WhisperEncoder, whisperEncoderGraph, type WhisperEncoderConfig } from '../../models/whisper-encoder.ts';
import { bindWeights, checkWeights } from '../../nn/weights.ts';
import type { Graph } from '../../onnx/graph.ts';
import { Audio2Feature } from '../../pipelines/audio2feature.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { inpaintMask } from '../../vision/mask.ts';
import { facePlanes } from './face-planes.ts';
import type { ClipSet } from './clip-set-node.ts';
import { speechRows, speechTokens } from './speech-features.ts';
import { soundTake } from './sound-takes.ts';
import type { TrainingClip } from './training-clip.ts';

/** Frames that the VAE encodes at once. */
const FRAMES_AT_ONCE = 16;

/** One clip in memory. */
export interface PreparedClip {
  readonly clip: TrainingClip;
  readonly frameCount: number;
  /** Unscaled means of the latents, [F, C, h, w] flat. */
  readonly latents: Float32Array;
  /** The same of the frames behind the inpainting mask. */
  readonly maskedLatents: Float32Array;
  /** Returns the audio tokens of a frame in one of the takes of the sound, [tokens, state] flat. */
  tokens(frame: number, take: number): Float32Array;
}

/** Which networks prepare the clips. */
export interface PreparationOptions {
  /** Folder in which prepared clips are kept; several trainings may share it. */
  folder: string;
  resolution: number;
  vaeConfig: AutoencoderKLConfig;
  whisperConfig: WhisperEncoderConfig;
  /** Checkpoint files. */
  vae: string;
  whisper: string;
  audioFeatLength: readonly [number, number];
  /** Takes of every clip's sound, see `soundTake`. */
  soundTakes: number;
  runtime: Runtime;
  signal?: AbortSignal | undefined;
  /** Stage `prepare`, in clips. */
  onProgress?: OnProgress | undefined;
}

/** Prepares all clips of a set, or reads what was prepared before with the same encoders. */
export async function prepareClips(clips: ClipSet, options: PreparationOptions): Promise<PreparedClip[]> {
  const { folder, runtime, vaeConfig, whisperConfig, resolution, signal } = options;
  await mkdir(folder, { recursive: true });
  const vae = new AutoencoderKL(vaeConfig);
  const whisper = new WhisperEncoder(whisperConfig);
  await using vaeWeights = await openCheckpointFile(options.vae);
  await using whisperWeights = await openCheckpointFile(options.whisper);
  checkWeights(vae, vaeWeights);
  checkWeights(whisper, whisperWeights);
  const size = { height: resolution, width: resolution };
  const graphs = { encoder: encoderGraph(vae, size), listener: whisperEncoderGraph(whisper) };
  await using encoder = await runtime.createSession(await bindWeights(graphs.encoder, vaeWeights));
  await using listener = await runtime.createSession(await bindWeights(graphs.listener, whisperWeights));
  const networks = createHash('sha256');
  await hashParameters(networks, graphs.encoder, vaeWeights);
  await hashParameters(networks, graphs.listener, whisperWeights);
  const audio2feature = new Audio2Feature(listener, whisperConfig);
  const mask = inpaintMask(resolution);

  const encode = async (pixels: Tensor<'float32'>): Promise<Float32Array> =>
    toFloat32((await encoder.run({ image: pixels }, { signal })).mean).data;
  const latentsOf = async (clip: TrainingClip, masked: boolean): Promise<Float32Array> => {
    const parts: Float32Array[] = [];
    for (let first = 0; first < clip.frameCount; first += FRAMES_AT_ONCE) {
      const frames = await clip.readFrames(first, Math.min(clip.frameCount, first + FRAMES_AT_ONCE));
      parts.push(await encode(facePlanes(frames, masked ? mask : undefined)));
    }
    return joined(parts);
  };

  const picturesOf = async (clip: TrainingClip): Promise<{ latents: Float32Array; masked: Float32Array }> => ({
    latents: await latentsOf(clip, false),
    masked: await latentsOf(clip, true),
  });
  const takesOf = async (clip: TrainingClip): Promise<Float32Array> => {
    const takes: Float32Array[] = [];
    for (let take = 0; take < options.soundTakes; take++)
      takes.push(await speechRows(audio2feature, await soundTake(clip, take), signal));
    return joined(takes);
  };

  const progress = new ProgressReporter('prepare', clips.clips.length, options.onProgress);
  const prepared: PreparedClip[] = [];
  for (const [index, clip] of clips.clips.entries()) {
    throwIfAborted(signal);
    const path = join(folder, basename(clips.paths[index]));
    const identity = networks
      .copy()
      .update(JSON.stringify([clip.origin, options.soundTakes]))
      .digest('hex');
    let contents = await readPrepared(path, identity);
    if (!contents) {
      const [pictures, rows] = await Promise.all([picturesOf(clip), takesOf(clip)]);
      contents = { ...pictures, rows };
      await writePrepared(path, identity, contents);
    }
    const { rowWidth } = audio2feature;
    const { latents, masked, rows } = contents;
    const length = rows.length / options.soundTakes;
    const takes = Array.from({ length: options.soundTakes }, (_, take) => ({
      rows: rows.subarray(take * length, (take + 1) * length),
      rowWidth,
      frameRate: clip.frameRate,
      audioFeatLength: options.audioFeatLength,
    }));
    prepared.push({
      clip,
      frameCount: clip.frameCount,
      latents,
      maskedLatents: masked,
      tokens: (frame, take) => speechTokens(takes[take], frame),
    });
    progress.report(index + 1);
  }
  return prepared;
}

/** Adds the weights that a graph uses, so that what other parts of a checkpoint hold makes no difference. */
async function hashParameters(hash: Hash, graph: Graph, weights: Checkpoint): Promise<void> {
  for (const { key } of graph.parameters.values()) hash.update(key).update((await weights.read(key)).bytes);
}

interface Contents {
  latents: Float32Array;
  masked: Float32Array;
  /** Of all takes, one after the other. */
  rows: Float32Array;
}

/** Reads a prepared clip; undefined when there is none, or one by other networks. */
async function readPrepared(path: string, identity: string): Promise<Contents | undefined> {
  if (!existsSync(path)) return undefined;
  await using file = await openCheckpointFile(path);
  if (file.metadata.identity !== identity) return undefined;
  const read = async (key: string): Promise<Float32Array> => toFloat32(await file.read(key)).data;
  return { latents: await read('latents'), masked: await read('masked'), rows: await read('rows') };
}

async function writePrepared(path: string, identity: string, contents: Contents): Promise<void> {
  const tensors = new Map(
    Object.entries(contents).map(([key, data]: [string, Float32Array]) => [key, Tensor.float32([data.length], data)]),
  );
  const source = { tensors, read: (key: string) => Promise.resolve(tensors.get(key)!) };
  await writeSafetensorsFile(path, source, { metadata: { identity } });
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}
