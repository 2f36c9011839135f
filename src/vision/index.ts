/**
 * Faces in pictures: following one, aligning it, the mask over its mouth, and putting it back.
 *
 * @module latentsync/vision
 */
export { FaceAligner, type AlignedFace, type FaceAlignerOptions } from './face-aligner.ts';
export { ColorAgreement } from './color-agreement.ts';
export type { Size } from './lanczos.ts';
export type { Orientation, PictureFormat, PictureLayout, Transfer } from '../tensor/picture.ts';
export type { YuvEncoding, YuvMatrix } from '../tensor/yuv-encoding.ts';
export type { PasteOptions } from './compositing.ts';
export { PictureCanvas, type FaceCanvas, type SeenPart } from './face-canvas.ts';
export type { PictureArea } from './picture-area.ts';
export { FaceDetail, type DetailedFace } from './face-detail.ts';
export { contactSheet, type ContactSheetOptions } from './contact-sheet.ts';
export { inpaintMask } from './mask.ts';
export type { AffineMatrix, Box, Point, RotatedSquare } from './geometry.ts';
export type { AlignmentPoints } from './similarity.ts';
export { createImage8, fromPixelValues, toPixelValues, type Image8 } from '../tensor/image.ts';
export { Tensor, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
