// The common tests of the media interface, for its maker in Node: FFmpeg in a process of its own.
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { testErrors } from '../../test/support/media-interface/errors.ts';
import { testFrames } from '../../test/support/media-interface/frames.ts';
import { testSound } from '../../test/support/media-interface/sound.ts';
import { testStreams } from '../../test/support/media-interface/streams.ts';
import { testWarnings } from '../../test/support/media-interface/warnings.ts';
import { testWriting } from '../../test/support/media-interface/writing.ts';
import { servedFiles, type MediaMaker } from '../../test/support/media-maker.ts';
import { serveMediaFiles } from '../../test/support/serve-media-files.ts';
import { openAudio, openVideo } from './input-file-node.ts';
import { createVideo } from './video-file-writer-node.ts';

let served: Awaited<ReturnType<typeof serveMediaFiles>>;

beforeAll(async () => {
  served = await serveMediaFiles();
});

afterAll(() => served[Symbol.asyncDispose]());

const maker: MediaMaker = {
  openVideo,
  openAudio,
  async write(options, fill) {
    const folder = await mkdtemp(join(tmpdir(), 'latentsync-written-'));
    try {
      const path = join(folder, 'written.mp4');
      await using writer = await createVideo(path, options);
      await fill(writer);
      await writer.finish();
      return new Blob([await readFile(path)]);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  ...servedFiles(() => served.url),
};

describe.concurrent('in Node', () => {
  testFrames(maker);
  testSound(maker);
  testErrors(maker);
  testStreams(maker);
  testWarnings(maker);
  testWriting(maker);
});
