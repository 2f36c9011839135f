// Files as people bring them, one for each kind: what is in them comes out, and what is damaged does no harm.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openAudio, openVideo } from './input-file-node.ts';

const file = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url));

/** Reads all frames: how many, and how red their middle is, which shows skin where the picture is right. */
async function readVideo(name: string) {
  const warnings: string[] = [];
  await using video = await openVideo(file(name), { onWarning: ({ message }) => warnings.push(message) });
  let frames = 0;
  let red = 0;
  for await (const frame of video.frames()) {
    const { width, height, data } = frame;
    expect(data).toHaveLength(width * height * 4);
    red += data[4 * (width * (height >> 1) + (width >> 1))];
    frames++;
    video.recycle(frame);
  }
  return { info: video.info, frames, red: red / frames, warnings };
}

/** Reads the whole sound: seconds, and how loud it is. */
async function readAudio(name: string) {
  const warnings: string[] = [];
  await using audio = await openAudio(file(name), { onWarning: ({ message }) => warnings.push(message) });
  const { info } = audio;
  let samples = 0;
  let energy = 0;
  for await (const { channels } of audio.chunks()) {
    expect(channels).toHaveLength(info.numberOfChannels);
    samples += channels[0].length;
    for (const sample of channels[0]) energy += sample ** 2;
  }
  return { info, seconds: samples / info.sampleRate, loudness: Math.sqrt(energy / samples), warnings };
}

describe.concurrent('the pictures of', () => {
  it.each([
    ['almost-square-pixels.mp4', 'avc', 25, 25],
    ['anamorphic.mp4', 'avc', 25, 25],
    ['animated.gif', 'gif', 8, 7.96],
    ['h264.flv', 'avc', 25, 25],
    ['hlg-10bit.mov', 'hevc', 25, 25],
    ['interlaced.m2t', 'mpeg2video', 12, 12],
    ['motion-jpeg.avi', 'mjpeg', 13, 25],
    ['phone-vfr.mp4', 'avc', 12, 11.96],
    ['prores.mov', 'prores', 8, 25],
    ['sound-and-picture.wmv', 'wmv2', 25, 25],
    ['still.jpg', 'mjpeg', 1, 25],
    ['theora.ogv', 'theora', 25, 25],
    ['xvid.avi', 'mpeg4', 25, 25],
  ])('%s are %s', async (name, codec, frameCount, frameRate) => {
    const { info, frames, red, warnings } = await readVideo(name);
    expect(warnings).toEqual([]);
    expect(info).toMatchObject({ codec, frameCount });
    expect(info.frameRate).toBeCloseTo(frameRate, 1);
    expect(frames).toBe(frameCount);
    expect(red).toBeGreaterThan(205);
  });

  it('a damaged file are as many as there were, those in place of lost ones included', async () => {
    expect(await readVideo('damaged.m2t')).toMatchObject({ frames: 18 });
    expect(await readVideo('damaged.webm')).toMatchObject({ frames: 20 });
  });

  it('a file in which none can be decoded are refused', async () => {
    await expect(readVideo('damaged-header.mp4')).rejects.toMatchObject({
      code: 'video-undecodable',
      message: expect.stringMatching(/damaged-header\.mp4 has no picture that can be decoded/) as string,
    });
  });
});

describe.concurrent('the sound of', () => {
  it.each([
    ['alac.m4a', 'alac', 16000, 1.2],
    ['browser-opus.webm', 'opus', 48000, 1.2],
    ['flac-192k.flac', 'flac', 192000, 0.4],
    ['sound.ac3', 'ac3', 32000, 1.2],
    ['sound.aiff', 'pcm-s16be', 16000, 1.2],
    ['sound.caf', 'pcm-s16be', 16000, 0.6],
    ['sound.spx', 'speex', 16000, 1.19],
    ['sound.wma', 'wmav2', 16000, 1.18],
    ['voice-opus.ogg', 'opus', 48000, 1.2],
  ])('%s is %s', async (name, codec, sampleRate, expected) => {
    const { info, seconds, loudness, warnings } = await readAudio(name);
    expect(warnings).toEqual([]);
    expect(info).toMatchObject({ codec, sampleRate, numberOfChannels: 1 });
    expect(Math.abs(seconds - expected)).toBeLessThan(0.01);
    expect(loudness).toBeGreaterThan(0.09);
    expect(loudness).toBeLessThan(0.14);
  });

  it.each([
    ['damaged.flac', 0.83],
    ['damaged.mp3', 0.69],
    ['damaged.m2t', 0.72],
    ['damaged.webm', 0.83],
    ['damaged-header.mp4', 0.8],
  ])('%s is what can be decoded', async (name, expected) => {
    const { seconds } = await readAudio(name);
    expect(Math.abs(seconds - expected)).toBeLessThan(0.02);
  });

  it('a file that once was read for ever is refused', async () => {
    await expect(readAudio('endless-loop.flac')).rejects.toMatchObject({ code: 'media-unreadable' });
  });
});
