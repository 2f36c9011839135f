// The containers that videos are written in: how their files are named, and which sound they hold.

/** A container of videos. */
export type VideoContainer = 'mp4' | 'mov' | 'mkv' | 'webm';

/** A codec of sound that is written. */
export type SoundCodec = 'aac' | 'opus';

/** What a container is. */
export interface ContainerFacts {
  /** As people call it. */
  readonly name: string;
  /** How its files end, in lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Codecs of sound that are copied as they are; the first one is what other sound is encoded as. */
  readonly sound: readonly [SoundCodec, ...SoundCodec[]];
}

/** The containers, the usual one first. */
export const outputContainers: Readonly<Record<VideoContainer, ContainerFacts>> = {
  mp4: { name: 'MP4', extensions: ['.mp4', '.m4v'], sound: ['aac'] },
  mov: { name: 'MOV', extensions: ['.mov'], sound: ['aac'] },
  mkv: { name: 'MKV', extensions: ['.mkv'], sound: ['aac', 'opus'] },
  webm: { name: 'WebM', extensions: ['.webm'], sound: ['opus'] },
};

/** Returns the container that the name of a file asks for; undefined where it is none of them. */
export function containerOf(path: string): VideoContainer | undefined {
  const ending = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? '';
  const names = Object.keys(outputContainers) as VideoContainer[];
  return names.find((name) => outputContainers[name].extensions.includes(ending));
}
