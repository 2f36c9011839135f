// The common tests of the media interface, for its maker in browsers: Mediabunny on WebCodecs. They run in Chromium.
import { BufferTarget } from 'mediabunny';
import { describe, inject } from 'vitest';
import { testErrors } from '../../test/support/media-interface/errors.ts';
import { testFrames } from '../../test/support/media-interface/frames.ts';
import { testSound } from '../../test/support/media-interface/sound.ts';
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
  testWarnings(maker);
  testWriting(maker);
});
