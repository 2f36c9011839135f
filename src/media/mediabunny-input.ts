// Opening media files with Mediabunny, in any container that it reads, with errors that name the file.
import {
  ADTS,
  EncodedPacketSink,
  FLAC,
  Input,
  InputDisposedError,
  type InputTrack,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  type Source,
  WAVE,
  WEBM,
} from 'mediabunny';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { fileError, systemErrorCode } from '../util/file-errors.ts';
import { COPY_AGAIN } from './media-fault.ts';
import { unreadable } from './media-input.ts';
import type { OnMediaWarning } from './media-warning.ts';

// No playlist formats: a playlist could make us read other files or addresses.
const formats = [MP4, QTFF, MATROSKA, WEBM, MPEG_TS, WAVE, MP3, OGG, FLAC, ADTS];

const FORMAT_NAMES = 'MP4, MOV, MKV, WebM, MPEG-TS, WAV, MP3, Ogg, FLAC or AAC';

/** How a source of bytes is opened by Mediabunny. */
export interface SourceReaderOptions {
  /** The name of the file in errors and warnings. */
  name: string;
  /** Hears of what is lost while the file is read. */
  onWarning?: OnMediaWarning;
}

/**
 * Opens a media file; `name` is its name in error messages.
 *
 * @throws LatentSyncError `media-unreadable` when it is in no known format, or has no tracks.
 */
export async function openInput(source: Source, name: string): Promise<Input> {
  const input = new Input({ source, formats });
  try {
    if (!(await isKnownFormat(input))) {
      throw unreadable(name, 'is not a media file in a supported format.', `Supported formats: ${FORMAT_NAMES}.`);
    }
    if ((await input.getTracks()).length === 0) {
      throw unreadable(
        name,
        'contains no video or audio: the file is empty or truncated.',
        'Copy or download it again. An interrupted recording must be repaired first.',
      );
    }
    return input;
  } catch (error) {
    input.dispose();
    throw asMediaError(error, name, 'cannot be read');
  }
}

async function isKnownFormat(input: Input): Promise<boolean> {
  try {
    return await input.canRead();
  } catch (error) {
    if (systemErrorCode(error) !== undefined) throw error; // the file itself cannot be read
    return false; // some of Mediabunny's parsers fail on files of a few bytes
  }
}

/**
 * Returns a LatentSyncError or an OptionError unchanged, an error of the file system in words, and anything else as `media-unreadable` with the
 * given fault.
 */
export function asMediaError(error: unknown, name: string, fault: string): unknown {
  if (error instanceof LatentSyncError || error instanceof OptionError) return error;
  if (systemErrorCode(error) !== undefined) return fileError(error, name);
  const reason = error instanceof InputDisposedError ? 'it was closed' : messageOf(error);
  return unreadable(name, `${fault}: ${reason}`, COPY_AGAIN, error);
}

/** Returns when a track begins, in seconds of the file's own time; undefined when there is none, or nothing in it. */
export async function startOfTrack(track: InputTrack | null): Promise<number | undefined> {
  const first = track && (await new EncodedPacketSink(track).getFirstPacket({ metadataOnly: true }));
  return first?.timestamp;
}
