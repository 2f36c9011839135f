// The files that both makers of the media interface are tested with, made on the spot or fixtures, behind a local address.
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MkvOutputFormat, Mp4OutputFormat } from 'mediabunny';
import { openAudio } from '../../src/media/input-file-node.ts';
import { mergeTracks, remux, writeCorners, writeWav } from '../fixtures/media/make-media.ts';
import { writeCoded } from './coded-media.ts';
import { damagePackets } from './damage-packets.ts';
import { rangeServer, type RangeServer } from './range-server.ts';
import { click, cornersPicture, sine, unevenTimes } from './media-interface/contents.ts';

const fixtures = fileURLToPath(new URL('../fixtures/media/', import.meta.url));

/** Makes the files and serves them, with the fixtures, until disposed of. */
export async function serveMediaFiles(): Promise<RangeServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latentsync-media-files-'));
  await writeMediaFiles(folder);
  for (const name of await readdir(fixtures)) await copyFile(join(fixtures, name), join(folder, name));
  const server = await rangeServer(folder);
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** A display matrix of 90° clockwise, in fixed point. */
const quarterTurn = [0, 65_536, 0, -65_536, 0, 0, 0, 0, 2 ** 30];

/** File, and FFmpeg's names of its container, encoder and sample format. */
const codedSounds = [
  ['click.mp3', 'mp3', 'libmp3lame', 'fltp'],
  ['click.flac', 'flac', 'flac', 's16'],
  ['click-opus.ogg', 'ogg', 'libopus', 'flt'],
  ['click-vorbis.ogg', 'ogg', 'libvorbis', 'fltp'],
  ['click-24bit.wav', 'wav', 'pcm_s24le', 's32'],
] as const;

async function writeMediaFiles(folder: string): Promise<void> {
  const path = (name: string): string => join(folder, name);
  const mp4 = (): Mp4OutputFormat => new Mp4OutputFormat({ fastStart: 'in-memory' });

  const stereo = click(22_050);
  await writeWav(path('click.wav'), 22_050, [stereo, stereo.map((sample) => -sample / 2)]);
  await writeWav(path('nothing.wav'), 16_000, [new Float32Array(0)]);
  await writeWav(path('mono.wav'), 16_000, [click(16_000)]);
  {
    await using audio = await openAudio(path('mono.wav'));
    await writeCorners(path('corners.mp4'), { audio });
  }
  {
    await using audio = await openAudio(path('mono.wav'));
    await writeCorners(path('second.mp4'), { width: 16, height: 16, frames: 25, audio });
  }
  await remux(path('second.mp4'), path('click.m4a'), { format: mp4(), video: false });
  await remux(path('corners.mp4'), path('corners.mkv'), { format: new MkvOutputFormat() });
  await remux(path('corners.mp4'), path('late-sound.mp4'), { format: mp4(), audioDelay: 0.5 });
  await remux(path('corners.mp4'), path('mute.mp4'), { format: mp4(), audio: false });
  for (const rotation of [90, 180, 270] as const) {
    await remux(path('mute.mp4'), path(`turned-${rotation}.mp4`), { format: mp4(), metadata: { rotation } });
  }
  await writeCorners(path('uneven.mp4'), { timestamps: unevenTimes, variableFrameRate: true });
  await writeCorners(path('ntsc.mp4'), { frameRate: 30_000 / 1001, frames: 20 });
  await writeCorners(path('full-range.mp4'), {
    colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: true },
  });

  const pictures = Array.from({ length: 5 }, (_, index) => cornersPicture(64, 48, index));
  const video = { width: 64, height: 48, pictures };
  await writeCoded(path('vp8.webm'), { format: 'webm', video: [{ ...video, encoder: 'libvpx' }] });
  await writeCoded(path('vp9.webm'), { format: 'webm', video: [{ ...video, encoder: 'libvpx-vp9' }] });
  await writeCoded(path('h264.m2t'), { format: 'mpegts', video: [{ ...video, encoder: 'libx264' }] });
  const wide = { ...video, encoder: 'libx264', pixelAspect: 2 };
  await writeCoded(path('wide.mp4'), { format: 'mp4', video: [wide] });
  await writeCoded(path('wide-turned.mp4'), { format: 'mp4', video: [{ ...wide, displayMatrix: quarterTurn }] });

  const sound = { sampleRate: 48_000, channels: [click(48_000), click(48_000).map((sample) => -sample)] };
  for (const [name, format, encoder, samples] of codedSounds) {
    await writeCoded(path(name), { format, audio: [{ ...sound, encoder, samples }] });
  }

  await writeSeveralStreams(path);
  await writeDamaged(path);

  const whole = await readFile(path('mute.mp4'));
  await writeFile(path('half.mp4'), whole.subarray(0, -60));
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, damaged.indexOf('mdat') + 4);
  await writeFile(path('damaged.mp4'), damaged);
  await remux(path('corners.mp4'), path('index-last.mp4'), { format: new Mp4OutputFormat({ fastStart: false }) });
  await writeFile(path('no-index.mp4'), (await readFile(path('index-last.mp4'))).subarray(0, -200));
  await writeFile(path('text.mp4'), 'This is no video.\n'.repeat(100));
  await writeFile(path('empty.mp4'), '');
}

/** Files with two streams of each kind, of which one is larger. */
async function writeSeveralStreams(path: (name: string) => string): Promise<void> {
  const tone = sine(300, 8000, 0.4);
  await writeWav(path('stereo.wav'), 8000, [tone, tone]);
  await writeCorners(path('small.mp4'), { frames: 3 });
  await writeCorners(path('large.mp4'), { width: 128, height: 96, frames: 3 });
  const other = { default: false };
  const marked = { default: true };
  await mergeTracks(path('several.mkv'), new MkvOutputFormat(), [
    { from: path('mono.wav'), kind: 'audio', metadata: { disposition: other, languageCode: 'fra' } },
    { from: path('small.mp4'), kind: 'video', metadata: { disposition: other } },
    { from: path('stereo.wav'), kind: 'audio', metadata: { disposition: other } },
    { from: path('large.mp4'), kind: 'video', metadata: { disposition: other } },
  ]);
  await mergeTracks(path('marked.mkv'), new MkvOutputFormat(), [
    { from: path('large.mp4'), kind: 'video', metadata: { disposition: other } },
    { from: path('stereo.wav'), kind: 'audio', metadata: { disposition: other } },
    { from: path('small.mp4'), kind: 'video', metadata: { disposition: marked } },
    { from: path('mono.wav'), kind: 'audio', metadata: { disposition: marked } },
  ]);
}

/** Files of which something cannot be decoded. */
async function writeDamaged(path: (name: string) => string): Promise<void> {
  const pictures = Array.from({ length: 30 }, (_, index) => cornersPicture(64, 48, index));
  const video = { width: 64, height: 48, pictures };
  const vp9 = { ...video, encoder: 'libvpx-vp9', options: { g: 10 } };
  await writeCoded(path('whole-vp9.webm'), { format: 'webm', video: [vp9] });
  const kind = 'video';
  await damagePackets(path('whole-vp9.webm'), path('lost-middle.webm'), { kind, isDamaged: (index) => index === 10 });
  await damagePackets(path('whole-vp9.webm'), path('lost-start.webm'), {
    kind,
    isDamaged: (index) => index === 0,
    change: (packet) => packet.fill(0xff, 16), // behind what tells the colors of all frames
  });
  await damagePackets(path('whole-vp9.webm'), path('lost-end.webm'), { kind, isDamaged: (index) => index >= 20 });
  const h264 = { ...video, encoder: 'libx264', options: { 'x264-params': 'keyint=10:min-keyint=10:scenecut=0' } };
  await writeCoded(path('whole-h264.mp4'), { format: 'mp4', video: [h264] });
  await damagePackets(path('whole-h264.mp4'), path('lost-h264.mp4'), { kind, isDamaged: (index) => index === 10 });

  const tone = sine(440, 48_000, 1);
  const sound = { sampleRate: 48_000, channels: [tone] };
  await writeCoded(path('whole-aac.m4a'), { format: 'mp4', audio: [{ ...sound, encoder: 'aac' }] });
  const silenced = { kind: 'audio', change: (packet: Buffer) => packet.fill(0xff) } as const;
  await damagePackets(path('whole-aac.m4a'), path('lost-sound.m4a'), {
    ...silenced,
    isDamaged: (index) => index >= 10 && index < 13,
  });
  await damagePackets(path('whole-aac.m4a'), path('lost-sound-start.m4a'), {
    ...silenced,
    isDamaged: (index) => index < 10,
  });
  await damagePackets(path('whole-aac.m4a'), path('no-good-sound.m4a'), { ...silenced, isDamaged: () => true });
  await remux(path('whole-aac.m4a'), path('sound-with-gap.mkv'), {
    format: new MkvOutputFormat(),
    video: false,
    keepsAudio: (seconds) => seconds < 0.3 || seconds > 0.5,
  });
  await writeCoded(path('whole.flac'), { format: 'flac', audio: [{ ...sound, encoder: 'flac', samples: 's16' }] });
  await damagePackets(path('whole.flac'), path('zeroed.flac'), {
    kind: 'audio',
    isDamaged: () => true,
    change: (packet) => packet.fill(0),
  });
}
