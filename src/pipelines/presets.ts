// Presets: named settings of the denoising for the official models, from what their authors publish down to the fewest passes.
import { passCounts } from './denoising-path.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import type { Device } from '../runtime/runtime.ts';
import type { SchedulerName } from '../schedulers/scheduler.ts';

/** The presets, the slowest first. */
export const presetNames = ['reference', 'balanced', 'fast', 'fastest'] as const;

/** A preset for the official models. */
export type PresetName = (typeof presetNames)[number];

/** What a preset says, under the names of `LipsyncOptions`. */
interface PresetOptions {
  scheduler: SchedulerName;
  steps: number;
  guidanceScale: number;
  unconditionalInterval?: number;
  deepCacheInterval?: number;
  vae: string;
  /** On the CPU alone; elsewhere int8 does not run. */
  dtype?: LayerDType;
}

/** Options that a preset gives values to. */
type PresetTarget = Partial<PresetOptions> & { preset?: PresetName; deepCacheThreshold?: number; device?: Device };

/** The settings of each preset. docs/presets.md says where they come from. */
export const presets: Readonly<Record<PresetName, PresetOptions>> = {
  reference: { scheduler: 'ddim', steps: 20, guidanceScale: 1.5, deepCacheInterval: 1, vae: 'kl' },
  balanced: { scheduler: 'ddim', steps: 20, guidanceScale: 1.5, deepCacheInterval: 3, vae: 'kl' },
  fast: {
    scheduler: 'dpmpp2m',
    steps: 8,
    guidanceScale: 1.5,
    unconditionalInterval: 2,
    deepCacheInterval: 2,
    vae: 'taesd',
  },
  fastest: { scheduler: 'dpmpp2m', steps: 2, guidanceScale: 1, deepCacheInterval: 1, vae: 'taesd', dtype: 'int8' },
};

/** Returns the passes of the UNet that a window takes with a preset. */
export function presetPasses(name: PresetName): { whole: number; shallow: number } {
  const { steps, ...settings } = presets[name];
  return passCounts({ numInferenceSteps: steps, ...settings });
}

/** Returns options with what their preset says for those left out. */
export function withPreset<T extends PresetTarget>(options: T): T {
  const { preset, deepCacheThreshold, device = 'cpu' } = options;
  if (preset === undefined) return options;
  const values = { ...presets[preset] };
  if (deepCacheThreshold !== undefined) delete values.deepCacheInterval; // whose place it takes
  if (device !== 'cpu') delete values.dtype;
  const given = Object.fromEntries(Object.entries(options as object).filter(([, value]) => value !== undefined));
  return { ...options, ...values, ...given };
}
