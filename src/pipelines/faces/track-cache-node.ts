// Track tables kept on disk, for the next job with the same video.
import { fileIdentity } from '../../hub/files-node.ts';
import { TensorCache } from '../../hub/tensor-cache-node.ts';
import type { StreamOptions } from '../../media/stream-options.ts';
import { landmarkerIdentity } from './face-landmarker-node.ts';
import { TrackTable } from './track-table.ts';
import type { TrackTableStore } from './track-video.ts';

/** Incremented whenever the same video gives another table than before, so that older entries are no longer found. */
const TRACK_VERSION = 8;

/** Bytes that all tables together may take; one of an hour with one face takes 10 MB, and 9 MB for each further one. */
const MAX_BYTES = 500e6;

/** Everything that the table of a part of a video depends on. */
export interface TrackOrigin {
  /** Hash of the video's bytes. */
  video: string;
  /** Which of its streams, and how it is decoded, as far as that was chosen. */
  decoding: unknown;
  /** Identity of the detector, or of the points in its place. */
  detector: string;
  /** Whether faces are tracked as the reference does. */
  reference: boolean;
}

/** What decides how faces are found in a video. */
export interface TrackSettings extends Pick<StreamOptions, 'videoStream' | 'deinterlace'> {
  insightface?: string;
  points?: string;
  reference?: boolean;
}

/** Returns everything that the table of a file depends on. */
export async function trackOrigin(path: string, settings: TrackSettings): Promise<TrackOrigin> {
  const { videoStream, deinterlace, insightface, points, reference = false } = settings;
  return {
    video: await fileIdentity(path),
    decoding: { videoStream, deinterlace },
    detector: points === undefined ? await landmarkerIdentity(insightface) : `points ${await fileIdentity(points)}`,
    reference,
  };
}

/** Returns the store of a video's tables in the cache directory. */
export function trackTableStore(origin: TrackOrigin, options: { directory?: string } = {}): TrackTableStore {
  const cache = new TensorCache('tracks', { ...options, maxBytes: MAX_BYTES });
  const { video, decoding, detector, reference } = origin;
  const keyOf = (part: unknown): string => TensorCache.key([TRACK_VERSION, video, decoding, detector, reference, part]);
  return {
    async read(part) {
      const tensors = await cache.read(keyOf(part));
      try {
        return tensors && TrackTable.fromTensors(tensors);
      } catch {
        return undefined; // written by something else
      }
    },
    write: (part, table) => cache.write(keyOf(part), table.toTensors()),
  };
}
