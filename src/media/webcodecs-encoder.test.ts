import { BufferSource, BufferTarget } from 'mediabunny';
import { beforeAll, expect, test } from 'vitest';
import { cornersPicture } from '../../test/fixtures/media/make-media.ts';
import { registerCodecs } from '../../test/support/mediabunny-codecs.ts';
import { openVideoSource } from './mediabunny-video.ts';
import { createVideo } from './webcodecs-encoder.ts';

// Node has no WebCodecs; FFmpeg's encoder stands behind the same interface.
beforeAll(registerCodecs);

test('a video is written to memory and read back without the file system', async () => {
  const target = new BufferTarget();
  {
    await using writer = await createVideo(target, { width: 49, height: 32, frameRate: 25 });
    for (let index = 0; index < 5; index++) {
      const data = cornersPicture(49, 32, index);
      await writer.add({ data, timestampSeconds: index / 25, durationSeconds: 1 / 25 });
    }
    await writer.finish();
  }
  await using video = await openVideoSource(new BufferSource(target.buffer!), { name: 'memory' });
  expect(video.info).toMatchObject({ width: 50, height: 32, frameCount: 5, codec: 'avc', hasAudio: false });
  const reds: number[] = [];
  for await (const { data } of video.frames()) reds.push(data[4 * (50 * 4 + 4)]);
  expect(reds).toHaveLength(5);
  reds.forEach((red, index) => {
    expect(Math.abs(red - (200 - 2 * index))).toBeLessThanOrEqual(6);
  });
});
