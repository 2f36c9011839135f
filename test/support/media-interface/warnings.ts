// What both makers of the media interface tell of files that they read but lose something of.
import { describe, expect, test } from 'vitest';
import type { MediaWarning } from '../../../src/media/media-warning.ts';
import type { MediaMaker } from '../media-maker.ts';

/** Declares the tests. */
export function testWarnings({ openVideo, file }: MediaMaker): void {
  async function videoWarnings(name: string): Promise<MediaWarning[]> {
    const warnings: MediaWarning[] = [];
    await using video = await openVideo(await file(name), { onWarning: (warning) => warnings.push(warning) });
    let frames = 0;
    for await (const frame of video.frames()) {
      frames++;
      video.recycle(frame);
    }
    expect(frames).toBe(video.info.frameCount);
    return warnings;
  }

  describe('warnings', () => {
    test('say that transparency is lost', async () => {
      expect(await videoWarnings('alpha.webm')).toEqual([
        {
          kind: 'transparency-lost',
          file: 'alpha.webm',
          message: 'alpha.webm: its transparency is lost: the frames are opaque.',
        },
      ]);
    });

    test.each(['corners.mp4', 'corners.mkv', 'vp9.webm', 'uneven.mp4'])('are absent for %s', async (name) => {
      expect(await videoWarnings(name)).toEqual([]);
    });
  });
}
