// Faces as bytes → faces as the networks take them.
import { Tensor } from '../../tensor/tensor.ts';

/**
 * Returns faces [F, R, R, 3] as [F, 3, R, R] within ±1.
 *
 * @param mask - [R, R], multiplied with every channel when given.
 */
export function facePlanes(faces: Tensor<'uint8'>, mask?: Float32Array): Tensor<'float32'> {
  const [count, resolution] = faces.shape;
  const area = resolution * resolution;
  const planes = Tensor.float32([count, 3, resolution, resolution]);
  for (let face = 0; face < count; face++) {
    for (let pixel = 0; pixel < area; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = faces.data[3 * (face * area + pixel) + channel] / 127.5 - 1;
        planes.data[(3 * face + channel) * area + pixel] = mask ? value * mask[pixel] : value;
      }
    }
  }
  return planes;
}
