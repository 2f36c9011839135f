/**
 * Training: gradients of graphs, clips to learn from, recipes, and reports on what was learned.
 *
 * @module latentsync/training
 */
export { appendGradients } from './gradients/gradients.ts';
export type { ClipLabels, TrainingClip } from './data/training-clip.ts';
export type { PhonemeSymbol } from '../synthetic/phonemes.ts';
export { PHONEME_SYMBOLS, type SpeechLabels } from '../synthetic/speech-labels.ts';
export type { LearningRateSchedule } from './optimization/learning-rate.ts';
export type { ReportFigure } from './report/figures.ts';
export type { TrainingLogEntry } from './training-log.ts';
export type { Figure } from '../util/figure.ts';
export { Tensor, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
export type { JobProgress, OnProgress, Progress } from '../util/progress.ts';
