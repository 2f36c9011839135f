// Measures on rendered clips how often the judge that works without weights is right: about sounds that are early or late by −8 … 8 frames,
// about the sounds of other clips, and about mouths that do something else more and more:
//   npm run measure:sync -- --clips 12 --first-seed 1001
// Nothing was tuned on seeds from 1001 on. docs/evaluation.md has the figures.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureLogMel } from '../src/audio/encoder-inputs.ts';
import { SAMPLE_RATE } from '../src/audio/log-mel-spectrogram.ts';
import { resample } from '../src/audio/resample.ts';
import { encodeWav } from '../src/audio/wav.ts';
import { heardFrames, type HeardFrames } from '../src/evaluation/heard-frames.ts';
import { judgeVideo } from '../src/evaluation/judge-video-node.ts';
import { JUDGED_RATE } from '../src/evaluation/judgment.ts';
import { readLips } from '../src/evaluation/lip-agreement.ts';
import { mean, squaredDeviations } from '../src/evaluation/signals.ts';
import { verdictOn, type VerdictKind } from '../src/evaluation/verdict.ts';
import { createVideo } from '../src/media/video-file-writer-node.ts';
import { SPEECH_SAMPLE_RATE } from '../src/synthetic/formant-synthesizer.ts';
import { SeededRandom } from '../src/synthetic/random.ts';
import { SyntheticClip } from '../src/synthetic/synthetic-clip.ts';
import { inventUtterance } from '../src/synthetic/utterances.ts';
import { writeWholeFile } from '../src/util/whole-file-node.ts';

const { values } = parseArgs({
  options: {
    clips: { type: 'string', default: '6' },
    'first-seed': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '8' },
    verbose: { type: 'boolean', default: false },
  },
});

const SIZE = 256;
const MOST_DELAY = 8;
const NOISES = [0, 0.5, 1, 2, 4];

/** A clip as the judge saw it. */
interface Watched {
  readonly opening: Float64Array;
  readonly samples: Float32Array;
  readonly maximum: number;
  readonly change: number;
}

const folder = await mkdtemp(join(tmpdir(), 'measure-sync-'));

/** Renders a clip, writes it as a video, and lets the judge watch it. */
async function watch(seed: number): Promise<Watched> {
  const sounds = inventUtterance(new SeededRandom(seed).fork('words'), { seconds: Number(values.seconds) });
  const clip = new SyntheticClip({ sounds, seed, width: SIZE, height: SIZE });
  const [video, audio] = [join(folder, `${seed}.mp4`), join(folder, `${seed}.wav`)];
  await using writer = await createVideo(video, { width: SIZE, height: SIZE, frameRate: clip.frameRate });
  for (let frame = 0; frame < clip.frameCount; frame++) {
    const data = clip.render(frame);
    const [timestampSeconds, durationSeconds] = [frame / clip.frameRate, 1 / clip.frameRate];
    await writer.add({ data, timestampSeconds, durationSeconds });
  }
  await writer.finish();
  const samples = resample(clip.utterance.samples, SPEECH_SAMPLE_RATE, SAMPLE_RATE);
  await writeWholeFile(audio, encodeWav({ sampleRate: SAMPLE_RATE, channels: [samples] }));
  const { judgment, series } = await judgeVideo(video, { audio, threads: 1, cache: false });
  const { maximum } = await measureLogMel([samples]);
  return { opening: series.openings[0], samples, maximum, change: judgment.people[0].picture!.change };
}

function hear({ opening }: Watched, { samples, maximum }: Watched, lateFrames: number): Promise<HeardFrames> {
  const laterSeconds = lateFrames / JUDGED_RATE;
  return heardFrames([samples], { frames: opening.length, frameRate: JUDGED_RATE, laterSeconds, maximum });
}

function judge(opening: Float64Array, heard: HeardFrames, change: number) {
  const seconds =
    opening.filter((value, i) => !Number.isNaN(value) && !Number.isNaN(heard.loudness[i])).length / JUDGED_RATE;
  const agreement = readLips(opening, heard);
  // All of it is speech.
  return {
    agreement,
    ...verdictOn({ agreement, seenSeconds: seconds, spokenSeconds: seconds, change, frameRate: JUDGED_RATE }),
  };
}

const agrees = (verdict: VerdictKind): boolean => verdict !== 'unrelated' && verdict !== 'cannot-be-judged';
const share = (count: number, of: number): string => `${count} of ${of} (${((100 * count) / of).toFixed(1)} %)`;

const clips: Watched[] = [];
for (let i = 0; i < Number(values.clips); i++) clips.push(await watch(Number(values['first-seed']) + i));
await rm(folder, { recursive: true });

let [trials, right, told, toldRight, certain, certainRight] = [0, 0, 0, 0, 0, 0];
for (const [index, clip] of clips.entries()) {
  for (let late = -MOST_DELAY; late <= MOST_DELAY; late++) {
    const { agreement, verdict, certainty } = judge(clip.opening, await hear(clip, clip, late), clip.change);
    const isRight = agreement !== undefined && Math.abs(agreement.lag - late) <= 1;
    trials++;
    if (isRight) right++;
    if (agrees(verdict)) {
      told++;
      if (isRight) toldRight++;
      if (certainty === 'certain') certain++;
      if (certainty === 'certain' && isRight) certainRight++;
    }
    if (values.verbose) {
      const figures =
        agreement && [agreement.lag, agreement.correlation, agreement.chance].map((value) => value.toFixed(2));
      console.log(`clip ${index}, sound ${late} frames late: ${verdict}, ${figures?.join(', ')}`);
    }
  }
}
console.log(`offset right within one frame: ${share(right, trials)}`);
console.log(`told to agree: ${share(told, trials)}; of these right: ${share(toldRight, told)}`);
console.log(`told with certainty: ${share(certain, trials)}; of these right: ${share(certainRight, certain)}`);

let [pairs, wrong, wronglyCertain] = [0, 0, 0];
for (const clip of clips) {
  for (const other of clips) {
    if (other === clip) continue;
    const { verdict, certainty } = judge(clip.opening, await hear(clip, other, 0), clip.change);
    pairs++;
    if (agrees(verdict)) wrong++;
    if (agrees(verdict) && certainty === 'certain') wronglyCertain++;
  }
}
console.log(
  `other clips' sounds told to agree: ${share(wrong, pairs)}, with certainty: ${share(wronglyCertain, pairs)}`,
);

for (const noise of NOISES) {
  const beyond: number[] = [];
  for (const [index, clip] of clips.entries()) {
    const random = new SeededRandom(index).fork('noise');
    const known = clip.opening.filter((value) => !Number.isNaN(value));
    const deviation = Math.sqrt(squaredDeviations(known) / known.length);
    const noisy = clip.opening.map((value) => value + noise * deviation * random.normal());
    const { agreement } = judge(noisy, await hear(clip, clip, 0), clip.change);
    beyond.push(agreement!.correlation / agreement!.chance);
  }
  console.log(
    `lips moved at random by ${noise} of their own movement: correlation ${mean(beyond).toFixed(1)} times chance`,
  );
}
