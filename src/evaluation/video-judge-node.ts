// videoJudge: the judge that a job takes as an argument: by how the mouth opens, or by SyncNet where its weights are.
import type { MediaInput } from '../media/media-input.ts';
import type { Judge, JudgeTask, LipSync } from '../pipelines/judge.ts';
import { LatentSyncError, type ErrorCode } from '../util/errors.ts';
import { wordForPrograms } from '../util/wording.ts';
import { judgeVideo, type JudgeOptions } from './judge-video-node.ts';
import { openDrawingRater } from './drawing-rater-node.ts';
import type { VideoJudgment } from './judgment.ts';
import { describeLag } from './verdict.ts';

/** How {@link videoJudge} judges. */
export type VideoJudgeOptions = Pick<JudgeOptions, 'syncnet' | 'insightface' | 'device' | 'threads' | 'cache'>;

/** Videos of which nothing can be told. */
const untold: ReadonlySet<ErrorCode> = new Set([
  'no-face',
  'no-audio-track',
  'audio-empty',
  'audio-silent',
  'audio-too-short',
]);

/** The confidence above which the official code relies on an offset. */
const LEAST_CONFIDENCE = 3;

/**
 * Returns a judge for `LipsyncOptions`. It goes by {@link judgeVideo}: by the correlation of the mouth's opening with what is read from the sound;
 * with SyncNet's weights by its confidence instead, of whoever has the highest. Drawings are
 * rated by the correlation of opening and loudness in either case.
 *
 * @example
 * const judge = videoJudge();
 * const { check } = await LipsyncPipeline.run({ video: 'talk.mp4', audio: 'speech.wav', output: 'out.mp4', judge, check: 0.3 });
 */
export function videoJudge(options: VideoJudgeOptions = {}): Judge {
  const { device, threads } = options;
  const hasSyncNet = options.syncnet !== undefined;
  return {
    measure: hasSyncNet ? "SyncNet's confidence" : 'correlation of mouth and sound',
    mostAgreement: hasSyncNet ? Infinity : 1,
    async judge(video: MediaInput, task: JudgeTask): Promise<LipSync> {
      try {
        const { judgment } = await judgeVideo(video, { ...options, ...task });
        return hasSyncNet ? bySyncNet(judgment) : byOpening(judgment);
      } catch (error) {
        if (!(error instanceof LatentSyncError) || !untold.has(error.code)) throw error;
        return {
          agreement: undefined,
          soundLateMs: undefined,
          isReliable: false,
          reasons: [wordForPrograms(error.problem)],
        };
      }
    },
    openRater: (speeches, { signal }) => openDrawingRater(speeches, { device, threads, signal }),
  };
}

function byOpening({ people, person, soundLateMs, reasons }: VideoJudgment): LipSync {
  const { agreement } = people[person - 1];
  return { agreement: agreement?.correlation, soundLateMs, isReliable: soundLateMs !== undefined, reasons };
}

function bySyncNet({ people }: VideoJudgment): LipSync {
  const scores = people.flatMap(({ syncNet }) => syncNet ?? []);
  if (scores.length === 0) {
    const reason = 'No face is seen for long enough to be shown to SyncNet: more than two seconds without a break.';
    return { agreement: undefined, soundLateMs: undefined, isReliable: false, reasons: [reason] };
  }
  const { confidence, soundLateMs } = scores.reduce((best, score) =>
    score.confidence > best.confidence ? score : best,
  );
  return {
    agreement: confidence,
    soundLateMs,
    isReliable: confidence >= LEAST_CONFIDENCE,
    reasons: [`SyncNet's confidence is ${confidence.toFixed(2)}, with the sound ${describeLag(soundLateMs)}.`],
  };
}
