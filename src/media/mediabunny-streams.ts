// Which stream of a file is read in browsers: the one that ffmpeg would choose, as far as Mediabunny tells, or the one that is asked for.
import { EncodedPacketSink, type Input, type InputAudioTrack, type InputTrack, type InputVideoTrack } from 'mediabunny';
import { best, MOST_LISTED, streamInShort, streamScore, wrongStream, type TrackKind } from './stream-choice.ts';

/**
 * Returns the best video stream, or the one with the given number; null when there is none.
 *
 * @throws OptionError when that number is not one of them.
 */
export function chooseVideoTrack(input: Input, name: string, wanted?: number): Promise<InputVideoTrack | null> {
  return chooseTrack(input, { kind: 'video', name, wanted, isOfKind: (track) => track.isVideoTrack() });
}

/**
 * Returns the best audio stream, or the one with the given number; null when there is none.
 *
 * @throws OptionError when that number is not one of them.
 */
export function chooseAudioTrack(input: Input, name: string, wanted?: number): Promise<InputAudioTrack | null> {
  return chooseTrack(input, { kind: 'audio', name, wanted, isOfKind: (track) => track.isAudioTrack() });
}

interface Choice<T extends InputTrack> {
  kind: TrackKind;
  /** Of the file. */
  name: string;
  wanted: number | undefined;
  isOfKind: (track: InputTrack) => track is T;
}

async function chooseTrack<T extends InputVideoTrack | InputAudioTrack>(
  input: Input,
  { kind, name, wanted, isOfKind }: Choice<T>,
): Promise<T | null> {
  const tracks = await input.getTracks();
  const candidates = tracks.filter(isOfKind);
  if (candidates.length === 0) return null;
  if (wanted === undefined) return bestTrack(candidates);
  const track = tracks.at(wanted);
  if (track && isOfKind(track)) return track;
  const listed = candidates.slice(0, MOST_LISTED);
  const streams = await Promise.all(listed.map((candidate) => inShort(candidate, tracks.indexOf(candidate))));
  throw wrongStream(name, { kind, stream: wanted, streams });
}

async function bestTrack<T extends InputVideoTrack | InputAudioTrack>(candidates: readonly T[]): Promise<T> {
  if (candidates.length === 1) return candidates[0];
  const scored = await Promise.all(candidates.map(async (track) => ({ track, score: await scoreOf(track) })));
  return best(scored, ({ score }) => score)!.track;
}

async function scoreOf(track: InputVideoTrack | InputAudioTrack): Promise<number> {
  const first = await new EncodedPacketSink(track).getFirstPacket({ metadataOnly: true });
  return streamScore({
    size: track.isVideoTrack()
      ? (await track.getCodedWidth()) * (await track.getCodedHeight())
      : await track.getNumberOfChannels(),
    isDefault: (await track.getDisposition()).default,
    hasPackets: first !== null,
    canDecode: await track.canDecode(),
  });
}

async function inShort(track: InputVideoTrack | InputAudioTrack, index: number): Promise<string> {
  return streamInShort({
    index,
    codec: (await track.getCodec()) ?? String(await track.getInternalCodecId()),
    format: track.isVideoTrack()
      ? { width: await track.getCodedWidth(), height: await track.getCodedHeight() }
      : {
          sampleRate: await track.getSampleRate(),
          channels: await track.getNumberOfChannels(),
        },
    language: await track.getLanguageCode(),
  });
}
