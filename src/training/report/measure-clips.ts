// Draws the faces of a clip with its own sound, another clip's, or natural speech, and measures what came out.
import type { FaceMesh } from '../../models/face-mesh.ts';
import type { Audio2Feature } from '../../pipelines/audio/audio2feature.ts';
import type { FaceWindowsOptions } from '../../pipelines/face-windows.ts';
import type { LipsyncModelDefaults } from '../../pipelines/lipsync-model.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { inpaintMask } from '../../vision/mask.ts';
import { speechRows, type HeardSpeech } from '../data/speech-features.ts';
import { CLIP_SAMPLE_RATE } from '../data/training-clip.ts';
import { mouthRegion } from '../../vision/mouth-region.ts';
import type { ClipMeasures, SpeechMeasures } from './figures.ts';
import { askedMouth, type LabeledClip } from './labeled-clip.ts';
import { measureMouth } from '../../evaluation/mouth-track.ts';
import { flicker, greatestChange, psnr, ssim, type Faces } from '../../evaluation/picture-quality.ts';
import { redrawFaces } from './redraw-faces.ts';
import { speechEnvelope } from '../../evaluation/speech-mouth.ts';
import type { VoiceForClip } from './report-voices-node.ts';
import type { VoiceMeasures } from './voice-figures.ts';

/** A clip, and another whose sound drives it. */
export interface ClipPair {
  readonly clip: LabeledClip;
  readonly other: LabeledClip;
  /** Frames that both have. */
  readonly frames: number;
}

/** Returns a pair. */
export function pairOf(clip: LabeledClip, other: LabeledClip): ClipPair {
  return { clip, other, frames: Math.min(clip.clip.frameCount, other.clip.frameCount) };
}

/** What clips are drawn and measured with. */
export interface ReportContext {
  readonly audio2feature: Audio2Feature;
  readonly defaults: LipsyncModelDefaults;
  readonly mesh: FaceMesh;
  readonly windows: FaceWindowsOptions;
  readonly signal: AbortSignal | undefined;
}

/** Returns what the networks hear in 16 kHz mono samples. */
export async function hear(
  { audio2feature, defaults: { videoFps: frameRate, audioFeatLength }, signal }: ReportContext,
  samples: Float32Array,
): Promise<HeardSpeech> {
  return {
    rows: await speechRows(audio2feature, samples, signal),
    rowWidth: audio2feature.rowWidth,
    frameRate,
    audioFeatLength,
  };
}

/** Draws a clip with the other's sound and with its own, and measures both. */
export async function measurePair(
  { mesh, windows, signal }: ReportContext,
  { clip, other, frames }: ClipPair,
  speeches: ReadonlyMap<LabeledClip, HeardSpeech>,
): Promise<{ measured: ClipMeasures; faces: Faces; driven: Faces }> {
  const faces = await clip.clip.readFrames(0, frames);
  const driven = await redrawFaces(faces, speeches.get(other)!, windows);
  const reenacted = await redrawFaces(faces, speeches.get(clip)!, windows);
  const region = mouthRegion(clip.clip.resolution);
  const mask = inpaintMask(clip.clip.resolution);
  const measured: ClipMeasures = {
    name: clip.name,
    frameRate: clip.clip.frameRate,
    own: askedMouth(clip, frames),
    other: askedMouth(other, frames),
    original: await measureMouth(faces, mesh, { signal }),
    driven: await measureMouth(driven, mesh, { signal }),
    quality: {
      psnr: psnr(faces, reenacted, region),
      ssim: ssim(faces, reenacted, region),
      flicker: flicker(reenacted, region) / flicker(faces, region),
    },
    changeOutside: Math.max(greatestChange(faces, driven, mask), greatestChange(faces, reenacted, mask)),
  };
  return { measured, faces, driven };
}

/** Draws a clip with a recorded voice. `clip` is how the same clip was measured before. */
export async function measureVoice(
  context: ReportContext,
  { voice, samples, frames, asked }: VoiceForClip,
  { clip }: LabeledClip,
  measured: ClipMeasures,
): Promise<VoiceMeasures> {
  const { mesh, windows, signal } = context;
  const driven = await redrawFaces(await clip.readFrames(0, frames), await hear(context, samples), windows);
  const { frameRate } = clip;
  return {
    voice,
    clip: measured,
    asked,
    driven: await measureMouth(driven, mesh, { signal }),
    envelope: speechEnvelope(samples, { frames, frameRate, sampleRate: CLIP_SAMPLE_RATE }),
  };
}

/** Draws a clip, played forward and backward, with natural speech. */
export async function measureSpeech(
  context: ReportContext,
  samples: Float32Array,
  frames: number,
  { clip }: LabeledClip,
): Promise<SpeechMeasures> {
  const { mesh, windows, signal } = context;
  const faces = toAndFro(await clip.readFrames(), frames);
  const driven = await redrawFaces(faces, await hear(context, samples), windows);
  const { opening } = await measureMouth(driven, mesh, { signal });
  const { frameRate } = clip;
  return { opening, envelope: speechEnvelope(samples, { frames, frameRate, sampleRate: CLIP_SAMPLE_RATE }) };
}

/** Returns the given number of faces of a clip that plays forward and backward in turn. */
function toAndFro(faces: Faces, frames: number): Faces {
  const [count] = faces.shape;
  const shown = Array.from({ length: frames }, (_, frame) => {
    const place = frame % (2 * count);
    const from = place < count ? place : 2 * count - 1 - place;
    return faces.slice(0, from, from + 1);
  });
  return Tensor.concat(shown, 0);
}
