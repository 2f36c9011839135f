// FFmpeg's codecs for Mediabunny, for tests of the parts that run on WebCodecs in browsers, and for files in odd codecs.
import { registerMediabunnyServer } from '@mediabunny/server';
import { Logging, LogLevel } from 'mediabunny';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';

let registered = false;

/** Makes the codecs available. Hardware codecs are not probed for: they differ between machines. */
export function registerCodecs(): void {
  if (registered) return;
  registered = true;
  registerMediabunnyServer({ hardwareContext: null });
  Log.setLevel(AV_LOG_QUIET);
  Logging.level = LogLevel.Silent;
}
