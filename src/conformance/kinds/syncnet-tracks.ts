// Kind "syncnet_tracks": the boxes of a shot → its tracks, and the places of their crops.
import { cropPlaces, syncNetTracks, type ShotFace } from '../../evaluation/syncnet-tracks.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { compareClosely, compareCounts, compareExactly, PASS_TOLERANCE } from '../comparison.ts';
import type { Kind } from '../kind.ts';

/** `track_<i>.frames` [F], `track_<i>.boxes` [F, 4], `track_<i>.crop` [F, 3] of `boxes` [N, 5]. */
export const syncnetTracks: Kind = async function* (golden) {
  const boxes = await golden.float32('boxes');
  const faces = Array.from({ length: golden.number('frames') }, (): ShotFace[] => []);
  for (let row = 0; row < boxes.shape[0]; row++) {
    const [frame, x, y, right, bottom] = boxes.data.subarray(5 * row, 5 * row + 5);
    faces[frame].push({ frame, box: { x, y, width: right - x, height: bottom - y } });
  }
  const tracks = syncNetTracks(faces);
  yield compareCounts('tracks', golden.number('tracks'), tracks.length);
  for (const [index, { firstFrame, boxes: own }] of tracks.entries()) {
    const name = `track_${index}`;
    if (golden.shapeOf(`${name}.frames`) === undefined) continue; // the count has failed already
    const frames = own.map((_, i) => firstFrame + i);
    yield await compareExactly(golden, `${name}.frames`, { shape: [frames.length], data: frames });
    const corners = own.flatMap(({ x, y, width, height }) => [x, y, x + width, y + height]);
    yield await compareClosely(golden, `${name}.boxes`, table(own.length, 4, corners), PASS_TOLERANCE);
    const places = cropPlaces(own).flatMap(({ halfSide, centerX, centerY }) => [halfSide, centerX, centerY]);
    yield await compareClosely(golden, `${name}.crop`, table(own.length, 3, places), PASS_TOLERANCE);
  }
};

function table(rows: number, columns: number, values: readonly number[]): Tensor<'float32'> {
  return Tensor.float32([rows, columns], Float32Array.from(values));
}
