// Renders the bundled sample clip: samples/presenter.mp4, a synthetic presenter speaking, and samples/speech.wav, another
// sentence in the same voice. Usage: npx tsx scripts/render-sample.ts. Always gives the same pictures and sound.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '../src/audio/wav.ts';
import { openAudio } from '../src/media/input-file-node.ts';
import { createVideo } from '../src/media/video-file-writer-node.ts';
import { speak, SPEECH_SAMPLE_RATE } from '../src/synthetic/formant-synthesizer.ts';
import { sampleIdentity, type Identity } from '../src/synthetic/identity.ts';
import { directionAt, linearColor } from '../src/synthetic/lighting.ts';
import type { Voice } from '../src/synthetic/prosody.ts';
import { SENTENCES } from '../src/synthetic/sentences.ts';
import { SyntheticClip } from '../src/synthetic/synthetic-clip.ts';

const SEED = 205;
const SIZE = 512;
const FRAME_RATE = 25;
const QUALITY = 20;

const VOICE: Voice = {
  pitch: 190,
  expressiveness: 1.1,
  rate: 1.08,
  tract: 0.87,
  breath: 0.25,
  jitter: 0.008,
  shimmer: 0.04,
};

function presenter(): Identity {
  const drawn = sampleIdentity(SEED);
  return {
    ...drawn,
    skin: { ...drawn.skin, age: 0.12, blush: 0.45, freckles: 0.12, oiliness: 0.7 },
    hairColor: linearColor('#5a3a26'),
    brows: { thickness: 0.85, arch: 0.5, color: linearColor('#3b281c') },
    iris: linearColor('#5d7a86'),
    lids: 0.1,
    clothing: { style: 'jacket', color: linearColor('#2c3a52'), shirt: linearColor('#dfe3e8') },
    lighting: {
      ...drawn.lighting,
      key: { direction: directionAt(-34, 30), color: [1.02, 0.98, 0.94] },
      fill: { direction: directionAt(50, 12), color: [0.3, 0.32, 0.35] },
      rim: { direction: directionAt(140, 35), color: [0.55, 0.55, 0.55] },
      sky: [0.33, 0.34, 0.36],
      ground: [0.17, 0.16, 0.15],
      exposure: 1,
    },
    backdrop: { ...drawn.backdrop, kind: 'office', color: linearColor('#8f8a82'), accent: linearColor('#5f8aa6') },
  };
}

const samples = fileURLToPath(new URL('../samples/', import.meta.url));
await mkdir(samples, { recursive: true });
const clip = new SyntheticClip({
  sounds: SENTENCES[0].sounds,
  seed: SEED,
  identity: presenter(),
  voice: VOICE,
  frameRate: FRAME_RATE,
  width: SIZE,
  height: SIZE,
  samples: 3,
});
const other = speak(SENTENCES[1].sounds, VOICE, SEED);
const wavOf = (audio: Float32Array): Uint8Array => encodeWav({ sampleRate: SPEECH_SAMPLE_RATE, channels: [audio] });
await writeFile(join(samples, 'speech.wav'), wavOf(other.samples));

const folder = await mkdtemp(join(tmpdir(), 'latentsync-sample-'));
try {
  const speech = join(folder, 'speech.wav');
  await writeFile(speech, wavOf(clip.utterance.samples));
  await using audio = await openAudio(speech);
  await using video = await createVideo(join(samples, 'presenter.mp4'), {
    width: SIZE,
    height: SIZE,
    frameRate: FRAME_RATE,
    quality: QUALITY,
    audio,
  });
  const picture = new Uint8ClampedArray(4 * SIZE * SIZE);
  for (let i = 0; i < clip.frameCount; i++) {
    clip.render(i, picture);
    await video.add({ data: picture, timestampSeconds: i / FRAME_RATE, durationSeconds: 1 / FRAME_RATE });
  }
  await video.finish();
  console.log(
    `samples/presenter.mp4: ${clip.frameCount} frames of ${SIZE}×${SIZE}, ${clip.head.triangleCount} triangles; ` +
      `samples/speech.wav: ${(other.samples.length / SPEECH_SAMPLE_RATE).toFixed(2)} s.`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
