// Faces as bytes → faces as the networks take them.
import { Tensor } from '../../tensor/tensor.ts';

/**
 * Returns faces [F, R, R, 3] as [F, 3, R, R] within ±1.
 *
 * @param mask - [R, R], multiplied with every channel when given.
 */
export function facePlanes(faces: Tensor<'uint8'>, mask?: Float32Array): Tensor<'float32'> {
  const bytes = faces.transpose([0, 3, 1, 2]);
  const planes = Tensor.float32(bytes.shape);
  for (let i = 0; i < planes.size; i++) {
    const value = bytes.data[i] / 127.5 - 1;
    planes.data[i] = mask ? value * mask[i % mask.length] : value;
  }
  return planes;
}
