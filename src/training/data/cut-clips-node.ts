// The first step from a video to clips: faces aligned, pieces cut where a shot ends or the face is lost, each written with its sound.
import { join } from 'node:path';
import { openAudio, openVideo } from '../../media/input-file-node.ts';
import type { FaceLandmarker } from '../../pipelines/faces/face-landmarker.ts';
import { stackImages, type Image8 } from '../../tensor/image.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import { CLIP_FRAME_RATE } from './clip-recipe.ts';
import { faceCrops, type FaceCrop } from './face-crops.ts';
import { SoundCursor } from './sound-cursor.ts';
import { writeTrainingClip } from './training-clip-node.ts';
import { CLIP_SAMPLE_RATE, samplesOfFrames, toInt16 } from './training-clip.ts';
import {
  clipName,
  judgedFrames,
  recordedBox,
  type ClipRecord,
  type CutSettings,
  type FramesLeftOut,
} from './video-record-node.ts';

/** Pieces shorter than a second are too short to learn from. */
const SHORTEST_FRAMES = CLIP_FRAME_RATE;

/** A video, and where its clips go. */
export interface CutTask {
  path: string;
  name: string;
  /** Folder of the clips. */
  output: string;
  settings: CutSettings;
  /** Of the video, so that what is later derived from its clips is not mistaken for another video's. */
  state: Readonly<Record<string, string>>;
  landmarker: FaceLandmarker;
  signal?: AbortSignal;
  onFrame: () => void;
}

/** A frame that may become part of a clip. */
interface UsableFrame {
  face: Image8;
  box: ClipRecord['boxes'][number];
  points: AlignmentPoints;
}

/** Returns why a frame is not part of any clip, apart from being in too short a piece; undefined when it may be. */
export function faultOf(
  { face, box, faces }: FaceCrop,
  { oneFace, minFace }: CutSettings,
): keyof FramesLeftOut | undefined {
  if (!face || !box) return 'noFace';
  if (oneFace && faces !== 1) return 'severalFaces';
  return Math.min(box.width, box.height) < minFace ? 'smallFace' : undefined;
}

/** Writes the clips of a video, and returns what is to be recorded of them. */
export async function cutClips(task: CutTask): Promise<{ clips: ClipRecord[]; leftOut: FramesLeftOut }> {
  const { path, name, settings, landmarker, signal } = task;
  await using video = await openVideo(path, { signal });
  await using audio = await openAudio(path, { signal });
  await using sound = new SoundCursor(audio, signal);
  const soundDelay = video.originSeconds - audio.originSeconds;
  const longest = Math.round(settings.seconds * CLIP_FRAME_RATE);
  const clips: ClipRecord[] = [];
  const leftOut: FramesLeftOut = { noFace: 0, severalFaces: 0, smallFace: 0, shortPiece: 0 };
  let piece: UsableFrame[] = [];
  let end = 0; // the frame after the piece
  const finishPiece = async (): Promise<void> => {
    const frames = piece;
    piece = [];
    if (frames.length < SHORTEST_FRAMES) {
      leftOut.shortPiece += frames.length;
      return;
    }
    const firstFrame = end - frames.length;
    const file = clipName(name, firstFrame);
    const from = firstSample(firstFrame, soundDelay);
    const samples = await sound.read(from, from + samplesOfFrames(frames.length, CLIP_FRAME_RATE));
    const contents = {
      frames: stackImages(frames.map(({ face }) => face)),
      audio: toInt16(samples),
      frameRate: CLIP_FRAME_RATE,
      origin: {
        source: 'video',
        video: name,
        ...task.state,
        startSeconds: String(firstFrame / CLIP_FRAME_RATE),
        frames: String(frames.length),
      },
    };
    await writeTrainingClip(join(task.output, file), contents, signal);
    const boxes = frames.map(({ box }) => box);
    clips.push({ file, firstFrame, boxes, points: judgedFrames(frames.length).map((i) => frames[i].points) });
  };
  const images = video.images({ fps: CLIP_FRAME_RATE, signal });
  for await (const crop of faceCrops(images, { landmarker, resolution: settings.resolution, signal })) {
    const reason = faultOf(crop, settings);
    const { face, box, points } = crop;
    if (piece.length > 0 && (reason !== undefined || crop.startsTrack || piece.length === longest)) await finishPiece();
    if (reason !== undefined) leftOut[reason]++;
    else if (face && box && points) piece.push({ face, box: recordedBox(box), points });
    end++;
    task.onFrame();
  }
  await finishPiece();
  return { clips, leftOut };
}

/** Returns the first sample of the sound that belongs to a frame of the video. */
export function firstSample(frame: number, soundDelay: number): number {
  return Math.round((frame / CLIP_FRAME_RATE + soundDelay) * CLIP_SAMPLE_RATE);
}
