// FFmpeg's decoders and encoders for Mediabunny in Node, loaded when the first media file is opened.
import { Logging, LogLevel } from 'mediabunny';

let registered: Promise<void> | undefined;

/**
 * Makes FFmpeg's software codecs (from the `node-av` package) available to Mediabunny, and silent. Hardware codecs are
 * not probed for: they differ between machines, and probing prints on stderr.
 */
export function registerCodecs(): Promise<void> {
  registered ??= register();
  return registered;
}

async function register(): Promise<void> {
  const [{ registerMediabunnyServer }, { Log, AV_LOG_QUIET }] = await Promise.all([
    import('@mediabunny/server'),
    import('node-av'),
  ]);
  registerMediabunnyServer({ hardwareContext: null });
  Log.setLevel(AV_LOG_QUIET);
  Logging.level = LogLevel.Silent;
}
