// FFmpeg and Mediabunny, which write media files in Node, told to print nothing.
import { Logging, LogLevel } from 'mediabunny';

/** Makes the encoders silent: what is wrong comes as an error. */
export async function silenceCodecs(): Promise<void> {
  const { Log, AV_LOG_QUIET } = await import('node-av');
  Log.setLevel(AV_LOG_QUIET);
  Logging.level = LogLevel.Silent;
}
