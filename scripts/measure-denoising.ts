// Measures what fewer passes of the UNet lose, on labeled clips, as "train report" does:
//   npm run measure:denoising -- --data clips/held-out --clips 20 --settings settings.json -o results.jsonl
// The settings are an array of objects with a name and fields of DenoisingSettings; results that are there are not measured again.
// docs/presets.md has the figures.
import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { passCounts, type DenoisingSettings } from '../src/pipelines/denoising-path.ts';
import { openFaceMesh } from '../src/pipelines/faces/face-landmarker-node.ts';
import { measureMouth, type MouthTrack } from '../src/evaluation/mouth-track.ts';
import { flicker, psnr, ssim } from '../src/evaluation/picture-quality.ts';
import { faceWindowsOptions, type FaceWindowsOptions } from '../src/pipelines/face-windows.ts';
import { openLipsyncModel } from '../src/pipelines/lipsync-model-node.ts';
import { LipsyncNetworks } from '../src/pipelines/lipsync-networks.ts';
import { layerDTypes } from '../src/onnx/layer-dtype.ts';
import { createRuntime } from '../src/runtime/child-process-runtime-node.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { fromInt16 } from '../src/training/data/training-clip.ts';
import type { HeardSpeech } from '../src/training/data/speech-features.ts';
import { reportFigures, type ClipMeasures } from '../src/training/report/figures.ts';
import { openLabeledClips } from '../src/training/report/held-out-clips-node.ts';
import { askedMouth, type LabeledClip } from '../src/training/report/labeled-clip.ts';
import { redrawFaces } from '../src/training/report/redraw-faces.ts';
import { hear, pairOf, type ReportContext } from '../src/training/report/measure-clips.ts';
import { StageClock } from '../src/util/stage-clock.ts';
import { mouthRegion } from '../src/vision/mouth-region.ts';

/** One line of the results. */
interface Measured {
  name: string;
  clips: number;
  settings: DenoisingSettings;
  /** Of one window, as planned and as the UNet ran. */
  passes: { whole: number; shallow: number };
  /** Milliseconds of a window's denoising, the median. */
  windowMilliseconds: number;
  figures: Record<string, number>;
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    clips: { type: 'string', default: '20' },
    settings: { type: 'string' },
    model: { type: 'string', default: 'tiny' },
    dtype: { type: 'string', default: 'float32' },
    threads: { type: 'string', default: '1' },
    output: { type: 'string', short: 'o' },
  },
});
const { data, settings: settingsFile, output } = values;
if (data === undefined || settingsFile === undefined || output === undefined) {
  throw new Error('--data, --settings and -o must be given.');
}
const dtype = layerDTypes.find((name) => name === values.dtype);
if (dtype === undefined) throw new Error(`--dtype must be one of ${layerDTypes.join(', ')}.`);
const clipCount = Number(values.clips);
const cases = JSON.parse(await readFile(settingsFile, 'utf8')) as (Partial<DenoisingSettings> & { name: string })[];
const before = await readFile(output, 'utf8').catch(() => '');
const done = new Set(
  before
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Measured)
    .filter(({ clips }) => clips === clipCount)
    .map(({ name }) => name),
);

await using model = await openLipsyncModel(values.model);
const { defaults } = model;
await using set = await openLabeledClips(data, defaults, clipCount);
await using runtime = createRuntime({ threads: Number(values.threads) });
await using mesh = await openFaceMesh(runtime);
await using networks = await LipsyncNetworks.load(runtime, model, { deepCache: true, dtype });
const pairs = set.clips.map((clip, index) => pairOf(clip, set.clips[(index + 1) % set.clips.length]));
const speeches = new Map<LabeledClip, HeardSpeech>();
const originals = new Map<LabeledClip, MouthTrack>();
/** Latents of faces, by what the faces are: they are the same with all settings. */
const encoded = new Map<string, Tensor<'float32'>>();
const region = mouthRegion(defaults.resolution);

for (const { name, ...given } of cases) {
  if (done.has(name)) continue;
  const settings: DenoisingSettings = {
    scheduler: 'ddim',
    numInferenceSteps: defaults.numInferenceSteps,
    guidanceScale: defaults.guidanceScale,
    ...given,
  };
  const generator = networks.generator(settings);
  const times: number[] = [];
  const windows: FaceWindowsOptions = {
    ...faceWindowsOptions(model, generator, { seed: defaults.seed, reference: false }),
    generator: {
      async encode(pixelValues, options) {
        const key = createHash('sha256').update(pixelValues.bytes).digest('hex');
        const latents = encoded.get(key) ?? (await generator.encode(pixelValues, options));
        encoded.set(key, latents);
        return latents;
      },
      async generate(inputs, options) {
        const clock = new StageClock();
        const window = await generator.generate(inputs, { ...options, clock });
        times.push(clock.seconds('denoise'));
        return window;
      },
    },
  };
  const context: ReportContext = { audio2feature: networks.audio2feature, defaults, mesh, windows, signal: undefined };
  const measures: ClipMeasures[] = [];
  for (const { clip, other, frames } of pairs) {
    for (const each of [clip, other]) {
      if (!speeches.has(each)) speeches.set(each, await hear(context, fromInt16(await each.clip.readAudio())));
    }
    const faces = await clip.clip.readFrames(0, frames);
    const driven = await redrawFaces(faces, speeches.get(other)!, windows);
    const reenacted = await redrawFaces(faces, speeches.get(clip)!, windows);
    const original = originals.get(clip) ?? (await measureMouth(faces, mesh));
    originals.set(clip, original);
    measures.push({
      name: clip.name,
      frameRate: clip.clip.frameRate,
      own: askedMouth(clip, frames),
      other: askedMouth(other, frames),
      original,
      driven: await measureMouth(driven, mesh),
      quality: {
        psnr: psnr(faces, reenacted, region),
        ssim: ssim(faces, reenacted, region),
        flicker: flicker(reenacted, region) / flicker(faces, region),
      },
      changeOutside: 0,
    });
  }
  const figures = Object.fromEntries(reportFigures(measures).map((figure) => [figure.name, figure.value]));
  times.sort((a, b) => a - b);
  const measured: Measured = {
    name,
    clips: clipCount,
    settings,
    passes: passCounts(settings),
    windowMilliseconds: 1000 * times[times.length >> 1],
    figures,
  };
  await appendFile(output, `${JSON.stringify(measured)}\n`);
  console.log(name, measured.passes, figures);
}
