// Kind "s3fd": what the face detector says of an image, the boxes that it makes of its priors, and the faces that they show.
import { hashed } from '../../models/hashed-weights.ts';
import { s3fdDetections, s3fdFaces, s3fdPriors } from '../../models/s3fd-boxes.ts';
import { S3FD, s3fdGraph } from '../../models/s3fd.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import type { FaceDetection } from '../../vision/face-selection.ts';
import { compareClosely, compareNames, PASS_TOLERANCE } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';

/** `loc` [P, 4], `conf` [P, 2], `priors` [P, 4], `detections` [N, 5] after the inner suppression, `kept` [K, 5] after the outer one. */
export const s3fd: Kind = async function* (golden, context) {
  const network = new S3FD();
  const keys = golden.words('keys');
  const own = Array.from(network.namedParameters(), ([key]) => key);
  if (keys.length > 0) yield compareNames('keys', keys, own);
  const shape = golden.shape('input_shape');
  const [, , height, width] = shape;
  const priors = s3fdPriors({ width, height });
  yield await compareClosely(golden, 'priors', Tensor.float32([priors.length / 4, 4], priors), PASS_TOLERANCE);

  const weights = await context.weights(network, golden.text('weight_prefix'));
  await using session = await loadSession(context, s3fdGraph(network, { height, width }), weights);
  const [input] = golden.words('inputs');
  const image = hashed(input, shape, golden.number('input_scale'), golden.number('input_offset', 0));
  const outputs = await session.run({ image }, { signal: context.signal });
  const [loc, conf] = [toFloat32(outputs.loc), toFloat32(outputs.conf)];
  yield await compareClosely(golden, 'loc', loc.reshape(loc.shape.slice(1)), PASS_TOLERANCE);
  yield await compareClosely(golden, 'conf', conf.reshape(conf.shape.slice(1)), PASS_TOLERANCE);

  const detections = s3fdDetections(loc, conf, priors);
  const scoreFirst = table(detections, ({ score, box: { x, y, ...size } }) => [
    score,
    x,
    y,
    x + size.width,
    y + size.height,
  ]);
  yield await compareClosely(golden, 'detections', scoreFirst, PASS_TOLERANCE);
  const [imageWidth, imageHeight] = golden.numbers('image_size');
  const faces = s3fdFaces(
    detections,
    { width: imageWidth, height: imageHeight },
    { confidence: golden.number('confidence'), overlap: golden.number('nms') },
  );
  const scoreLast = table(faces, ({ score, box: { x, y, ...size } }) => [x, y, x + size.width, y + size.height, score]);
  yield await compareClosely(golden, 'kept', scoreLast, PASS_TOLERANCE);
};

function table(faces: readonly FaceDetection[], row: (face: FaceDetection) => number[]): Tensor<'float32'> {
  return Tensor.float32([faces.length, 5], Float32Array.from(faces.flatMap(row)));
}
