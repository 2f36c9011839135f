// JobRecord: thumbnails are taken at even times, and it knows which are missing after an interruption.
import { expect, it } from 'vitest';
import { createImage8 } from '../tensor/image.ts';
import { JobRecord } from './job-record.ts';

/** Tells a record of a frame of 320×80 pixels, all of its number. */
function write(record: JobRecord, index: number, timestampSeconds: number): void {
  record.written({ index, timestampSeconds }, (longerSide) => {
    const image = createImage8(longerSide, longerSide / 4, 3);
    image.data.fill(index);
    return image;
  });
}

it('takes a small picture of the first frame in the middle of every second', () => {
  const record = new JobRecord({ thumbnailSeconds: 1 });
  for (let index = 0; index < 75; index++) write(record, index, index / 25);
  const taken = record.thumbnails.map(({ frame: index, image: { width, height, data } }) => [
    index,
    `${width}×${height}`,
    data[0],
  ]);
  expect(taken).toEqual([
    [13, '160×40', 13],
    [38, '160×40', 38],
    [63, '160×40', 63],
  ]);
  expect(record.missingThumbnails(3)).toEqual([]);
});

it('names those before an interruption, and puts them first', () => {
  const record = new JobRecord({ thumbnailSeconds: 1 });
  expect(record.missingThumbnails(3)).toEqual([0.5, 1.5, 2.5]);
  for (let index = 50; index < 75; index++) write(record, index, index / 25);
  expect(record.missingThumbnails(3)).toEqual([0.5]);
  write(record, 13, 0.5198); // as a file rounds it
  expect(record.thumbnails.map(({ frame: index }) => index)).toEqual([13, 50, 63]);
  expect(record.missingThumbnails(3)).toEqual([]);
  expect(new JobRecord().missingThumbnails(3)).toEqual([]);
});

it('does not look for frames where there are none', () => {
  const record = new JobRecord({ thumbnailSeconds: 0.25 });
  write(record, 0, 0.2);
  write(record, 1, 1.4);
  expect(record.thumbnails.map(({ seconds }) => seconds)).toEqual([0.2, 1.4]);
  expect(record.missingThumbnails(1.5)).toEqual([]);
});
