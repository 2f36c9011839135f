// What the voices that only reports may hear say for each clip, where they are installed.
import { sampleIdentity } from '../../synthetic/identity.ts';
import type { Utterance } from '../../synthetic/formant-synthesizer.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { speechLabels } from '../../synthetic/speech-labels.ts';
import { SyntheticClip } from '../../synthetic/synthetic-clip.ts';
import { CLIP_SAMPLE_RATE, labelRows, samplesOfFrames } from '../data/training-clip.ts';
import { findVoices, speakRequest } from '../voices/recorded-speech-node.ts';
import { VOICE_PROGRAMS, type RecordedVoice } from '../voices/recorded-voices.ts';
import { inventRequest } from '../voices/speech-request.ts';
import type { AskedMouth } from './figures.ts';
import type { LabeledClip } from './labeled-clip.ts';

/** Begins the seeds of what the voices say. */
const FIRST_SEED = 1_000_000_000;

/** Speech for a clip. */
export interface VoiceForClip {
  readonly voice: string;
  /** 16 kHz mono, as long as the frames. */
  readonly samples: Float32Array;
  readonly frames: number;
  /** What the speech asks of the clip's person. */
  readonly asked: AskedMouth;
}

/** Speech for all clips, and what is not installed. */
export interface ReportVoices {
  /** One for each clip, the voices in turn; none when no voice is there. */
  readonly speech: readonly VoiceForClip[];
  readonly missing: readonly RecordedVoice[];
  /** Debian's packages that would bring what is missing. */
  readonly missingPackages: readonly string[];
}

/** Has the voices that are there speak, as they were recorded. @throws LatentSyncError `program-failed` or `aborted`. */
export async function speakForReport(clips: readonly LabeledClip[], signal?: AbortSignal): Promise<ReportVoices> {
  const { found, missing, missingPackages } = await findVoices('report', VOICE_PROGRAMS, signal);
  const speech: VoiceForClip[] = [];
  if (found.length > 0) {
    for (const [index, clip] of clips.entries()) {
      const voice = found[index % found.length];
      const seconds = clip.clip.frameCount / clip.clip.frameRate;
      const random = new SeededRandom(FIRST_SEED + index).fork('report');
      const request = inventRequest(random, { voices: [voice], seconds, changed: false });
      speech.push(speechFor(clip, voice, await speakRequest(request, signal)));
    }
  }
  return { speech, missing, missingPackages };
}

/** Returns speech cut to a clip, with what it asks of the clip's person. */
export function speechFor({ clip }: LabeledClip, { name }: RecordedVoice, utterance: Utterance): VoiceForClip {
  const { frameCount, frameRate, origin } = clip;
  const person = Number(origin.person);
  const asking = new SyntheticClip({
    sounds: utterance,
    seed: person,
    identity: sampleIdentity(person),
    frameRate,
    width: 16,
    height: 16,
  });
  const frames = Math.min(frameCount, asking.frameCount);
  const samples = utterance.samples.subarray(0, samplesOfFrames(frames, frameRate));
  const measures = Array.from({ length: frames }, (_, frame) => asking.measureMouth(frame));
  return {
    voice: name,
    samples,
    frames,
    asked: {
      opening: measures.map(({ opening }) => opening),
      width: measures.map(({ width }) => width),
      phonemes: speechLabels(utterance.phonemes, labelRows(Math.floor((frames / frameRate) * CLIP_SAMPLE_RATE)))
        .phonemes,
    },
  };
}
