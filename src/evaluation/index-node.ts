/**
 * Judging finished videos: whether lips and speech belong together, what the mouth does, and how good the picture is.
 *
 * @module latentsync/evaluation
 */
export * from './index.ts';
export { judgeVideo, type JudgedVideo, type JudgeOptions } from './judge-video-node.ts';
export type {
  JudgedSeries,
  PersonJudgment,
  PersonSourceFigures,
  SecondFigures,
  SyncNetFigures,
  VideoJudgment,
} from './judgment.ts';
export type { PictureFigures } from './face-figures.ts';
export { videoJudge, type VideoJudgeOptions } from './video-judge-node.ts';
export type { DrawingRater, HeardRow, Judge, JudgeTask, LipSync, RatedSpeech } from '../pipelines/judge.ts';
export { scorePictures, type PictureScore, type ScorePicturesOptions } from './score-pictures-node.ts';
export { frechetVideoDistance, type FrechetVideoDistance, type FrechetVideoOptions } from './frechet-video-node.ts';
export { writeJudgmentPage } from './judgment-page-node.ts';
export type { PageWords } from './judgment-html.ts';
export type { WorstMoment } from './worst-moments.ts';
export type { LipAgreement } from './lip-agreement.ts';
export type { PauseFigures } from './mouth-in-pauses.ts';
export type { SourceFigures } from './source-comparison.ts';
export type { Verdict, VerdictKind } from './verdict.ts';
export type { Image8 } from '../tensor/image.ts';
export type { MediaInput } from '../media/media-input.ts';
export type { MediaWarning, OnMediaWarning } from '../media/media-warning.ts';
export type { Deinterlacing, StreamOptions } from '../media/stream-options.ts';
export type { Device } from '../runtime/runtime.ts';
export type { JobProgress, OnProgress, Progress } from '../util/progress.ts';
