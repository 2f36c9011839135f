// FFmpeg's codecs for Mediabunny, for tests of the parts that run on WebCodecs in browsers, and for files in odd codecs.
import { registerMediabunnyServer } from '@mediabunny/server';
import { silenceCodecs } from '../../src/media/quiet-codecs-node.ts';

let registered = false;

/** Makes the codecs available. Hardware codecs are not probed for: they differ between machines. */
export async function registerCodecs(): Promise<void> {
  if (registered) return;
  registered = true;
  registerMediabunnyServer({ hardwareContext: null });
  await silenceCodecs();
}
