// A program that starts to write a video, tells the process that encodes it, and stays.
import { FFmpegOutput } from '../../src/media/ffmpeg-output-node.ts';
import { pictureTrackOf } from '../../src/media/video-writer.ts';

const [path] = process.argv.slice(2);
const picture = pictureTrackOf({ width: 64, height: 48, frameRate: 25 }, 'mp4');
const output = new FFmpegOutput(path, path, { container: 'mp4', picture, sound: undefined });
for (let index = 0; index < 5; index++) await output.addPicture((i420) => i420.fill(128), index / 25, 1 / 25);
process.send?.(output.processId);
setInterval(() => undefined, 1000);
