// The common tests of the media interface, for its maker in browsers: Mediabunny on WebCodecs. They run in Chromium.
import { BufferTarget } from 'mediabunny';
import { describe, expect, inject, test } from 'vitest';
import { testErrors } from '../../test/support/media-interface/errors.ts';
import { testFrames } from '../../test/support/media-interface/frames.ts';
import { testSound } from '../../test/support/media-interface/sound.ts';
import { testStreams } from '../../test/support/media-interface/streams.ts';
import { testWarnings } from '../../test/support/media-interface/warnings.ts';
import { testWriting } from '../../test/support/media-interface/writing.ts';
import { servedFiles, type MediaMaker } from '../../test/support/media-maker.ts';
import { openAudio, openVideo } from './input-web.ts';
import { createVideo } from './webcodecs-encoder.ts';

const maker: MediaMaker = {
  openVideo,
  openAudio,
  async write(options, fill) {
    const target = new BufferTarget();
    await using writer = await createVideo(target, options);
    await fill(writer);
    await writer.finish();
    return new Blob([target.buffer!]);
  },
  ...servedFiles(() => inject('mediaFiles')),
};

describe.skipIf(typeof document === 'undefined')('in Chromium', () => {
  testFrames(maker);
  testSound(maker);
  testErrors(maker);
  testStreams(maker);
  testWarnings(maker);
  testWriting(maker);

  test('interlaced video is shown as it is: deinterlacing is refused', async () => {
    const input = await maker.file('corners.mp4');
    for (const deinterlace of ['on', 'auto'] as const) {
      const opened = openVideo(input, { deinterlace: deinterlace as 'off' });
      await expect(opened).rejects.toThrow(
        `options.deinterlace must be "off" in browsers, which cannot deinterlace (got "${deinterlace}").`,
      );
    }
    await using video = await openVideo(input, { deinterlace: 'off' });
    expect(video.info.frameCount).toBe(10);
  });
});
