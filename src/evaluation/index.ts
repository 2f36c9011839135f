/**
 * Judging finished videos: whether lips and speech belong together, what the mouth does, and how good the picture is.
 *
 * @module latentsync/evaluation
 */
export { syncScore, type SyncScore } from './sync-score.ts';
export { frechetDistance } from './frechet-distance.ts';
export { cropPlaces, syncNetTracks, type CropPlace, type ShotFace, type SyncNetTrack } from './syncnet-tracks.ts';
export { mouthOpening, mouthWidth } from '../models/face-measures.ts';
export { measureMouth, type MouthTrack } from './mouth-track.ts';
export { borderStep, colorDifference, skinFlicker, type BorderStep } from './drawn-region.ts';
export { flicker, greatestChange, psnr, ssim, type Faces } from './picture-quality.ts';
export { Tensor, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
