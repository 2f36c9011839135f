// Sound without gaps or overlaps from the pieces of a file, whoever decodes: what is missing is silent, absurd times are put right.
import { LatentSyncError } from '../util/errors.ts';
import { Pauses } from '../util/pauses.ts';
import { wording } from '../util/wording.ts';
import type { DamageReport } from './damage-report.ts';
import type { TimeLimits } from './frame-times.ts';

/** A piece of sound: samples −1…1 of every channel. */
export interface AudioChunk {
  /** From the start of the track. */
  timestampSeconds: number;
  /** Hertz; the same for all chunks of a track. */
  sampleRate: number;
  channels: Float32Array<ArrayBuffer>[];
}

/** Decoded samples of every channel at a time in the file. */
export interface SoundPiece {
  seconds: number;
  channels: Float32Array<ArrayBuffer>[];
}

/** The track that pieces belong to. */
export interface PiecedSound {
  readonly info: { sampleRate: number; numberOfChannels: number; durationSeconds: number };
  readonly originSeconds: number;
  readonly damage: DamageReport;
  readonly limits: TimeLimits;
  /** Whether the file is shorter than its header says. */
  readonly isCutOff?: boolean;
  /** How long the sound should be, where that is known for sure. */
  readonly promisedSeconds?: number;
}

/** Samples beyond that, of which 1 is as loud as most files go, are damage: floating-point files can hold any number. */
const LOUDEST = 1000;

/** Timestamps jitter by less; a longer gap is meant. */
export const GAP_SECONDS = 0.02;
const SHORT_SECONDS = 0.1; // encoders and containers differ by less in what they count
const SILENCE_SECONDS = 1; // of a gap in one piece
/** A piece further from the one before it is believed if the next one follows it. */
const FAR_SECONDS = 1;
/** Times that begin anew go on within this. */
const ANEW_SECONDS = 10;

/**
 * Yields the pieces one after another, from the start of the track on. What lies before it is the encoder's run-up and is dropped.
 *
 * @throws LatentSyncError `media-unreadable` when the sound is longer than the limit.
 */
export async function* continuousSound(
  pieces: AsyncIterable<SoundPiece>,
  track: PiecedSound,
): AsyncGenerator<AudioChunk, void, undefined> {
  const { info, damage, limits } = track;
  const { sampleRate, numberOfChannels } = info;
  const most = limits.lengthSeconds * sampleRate;
  let position = 0; // samples yielded so far
  const pauses = new Pauses();
  try {
    for await (const { seconds, channels } of plausiblePieces(pieces, track)) {
      const [{ length }] = channels;
      const start = Math.round(seconds * sampleRate);
      if (Math.max(position, start) + length > most) throw tooLong(damage.file, limits);
      const gap = start - position > GAP_SECONDS * sampleRate ? start - position : 0;
      if (gap > 0) damage.sound('soundLost', position / sampleRate, start / sampleRate);
      for (let missing = gap; missing > 0;) {
        const silent = Math.min(missing, SILENCE_SECONDS * sampleRate);
        const silence = Array.from({ length: numberOfChannels }, () => new Float32Array(silent));
        yield { timestampSeconds: position / sampleRate, sampleRate, channels: silence };
        await pauses.pause(); // hours of it take a while
        position += silent;
        missing -= silent;
      }
      // What overlaps is not left out: after damage, samples that follow one another tell more than their times.
      const skipped = position === 0 ? Math.min(Math.max(0, -start), length) : 0;
      if (skipped === length) continue;
      const kept = skipped === 0 ? channels : channels.map((channel) => channel.subarray(skipped));
      for (const [from, to] of silenceBroken(kept)) {
        damage.sound('soundLost', (position + from) / sampleRate, (position + to) / sampleRate);
      }
      yield { timestampSeconds: position / sampleRate, sampleRate, channels: kept };
      position += length - skipped;
    }
    const end = position / sampleRate;
    const { isCutOff = false, promisedSeconds = 0 } = track;
    if (isCutOff || promisedSeconds - end > SHORT_SECONDS) damage.cutOff(end, promisedSeconds);
  } finally {
    damage.flush();
  }
}

/** Silences samples that cannot be sound; returns where they are, [first, end) each. */
function silenceBroken(channels: readonly Float32Array[]): [first: number, end: number][] {
  const runs: [first: number, end: number][] = [];
  for (let i = 0; i < channels[0].length; i++) {
    let isBroken = false;
    for (const samples of channels) {
      if (Math.abs(samples[i]) <= LOUDEST) continue; // nor is what is no number
      samples[i] = 0;
      isBroken = true;
    }
    if (!isBroken) continue;
    const last = runs.at(-1);
    if (last?.[1] === i) last[1]++;
    else runs.push([i, i + 1]);
  }
  return runs;
}

/** Gives every piece its time from the start of the track, with those that cannot be right replaced. */
async function* plausiblePieces(
  pieces: AsyncIterable<SoundPiece>,
  { info, originSeconds, damage, limits }: PiecedSound,
): AsyncGenerator<SoundPiece, void, undefined> {
  const durationOf = ({ channels }: SoundPiece): number => channels[0].length / info.sampleRate;
  let shift = -originSeconds;
  let expected: number | undefined;
  let far: SoundPiece | undefined;
  const take = (piece: SoundPiece): SoundPiece => {
    expected = piece.seconds + durationOf(piece);
    return piece;
  };
  /** The piece is where its time says only if it can be: within the limit on gaps. */
  const settle = (piece: SoundPiece, isConfirmed: boolean): SoundPiece => {
    const seconds = expected!;
    const gap = piece.seconds - seconds;
    if (isConfirmed && gap >= 0 && gap <= limits.gapSeconds) return take(piece);
    if (isConfirmed) shift -= gap;
    damage.sound('soundLeaps', seconds, seconds);
    return take({ ...piece, seconds });
  };
  for await (const { seconds, channels } of pieces) {
    if (far) {
      const next = seconds + shift;
      const isLater = next >= far.seconds;
      const isForward = far.seconds > expected!;
      yield settle(far, isLater && (isForward || next - far.seconds - durationOf(far) < ANEW_SECONDS));
      far = undefined;
    }
    const piece = { seconds: seconds + shift, channels };
    if (expected !== undefined && Math.abs(piece.seconds - expected) >= FAR_SECONDS) far = piece;
    else yield take(piece);
  }
  // The length that the file says tells whether the last piece can be so late.
  if (far) yield settle(far, far.seconds > expected! && far.seconds <= info.durationSeconds + FAR_SECONDS);
}

function tooLong(name: string, { lengthSeconds }: TimeLimits): LatentSyncError {
  return new LatentSyncError(
    'media-unreadable',
    wording`${name} has more than ${(lengthSeconds / 3600).toFixed(1)} hours of sound according to its times, more than can be read.`,
    { remedy: 'If that is wrong, the file is damaged: convert it again. Otherwise cut it into parts.' },
  );
}
