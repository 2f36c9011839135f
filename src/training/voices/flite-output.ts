// What Flite tells of the phones that it has spoken.
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import type { SpokenPhone } from './spoken-phones.ts';

/**
 * Reads Flite's list of segments with their ends: `pau:0.164 hh:0.255 ax:0.304`.
 *
 * @throws LatentSyncError `program-failed` when it is not one.
 */
export function parseFlitePhones(output: string): SpokenPhone[] {
  return output
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(.+):(\d+(?:\.\d+)?)$/.exec(part);
      if (!match) throw new LatentSyncError('program-failed', wording`Flite tells no phone and time, but ${part}.`);
      const [, name, end] = match;
      return { name, end: Number(end) };
    });
}
