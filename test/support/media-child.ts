// A program that opens a video, tells the process that reads it, and stays.
import { openFFmpegVideo } from '../../src/media/ffmpeg-readers-node.ts';
import { defaultLimits, MediaProcess } from '../../src/media/media-process-node.ts';

const [path] = process.argv.slice(2);
const host = new MediaProcess(path, { path, extension: '.mp4' }, defaultLimits);
await openFFmpegVideo(host, { name: path });
process.send?.(host.processId);
setInterval(() => undefined, 1000);
