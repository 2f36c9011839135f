// Presets: named settings of the denoising for the official models, from what their authors publish down to the fewest passes.
import type { SchedulerName } from '../schedulers/scheduler.ts';

/** The presets, the slowest first. */
export const presetNames = ['reference', 'balanced', 'fast', 'fastest'] as const;

/** A preset for the official models. */
export type PresetName = (typeof presetNames)[number];

/** What a preset says, under the names of `LipsyncOptions`. */
interface PresetOptions {
  scheduler?: SchedulerName;
  steps?: number;
  guidanceScale?: number;
  unconditionalInterval?: number;
  deepCacheInterval?: number;
  vae?: string;
}

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
  fastest: { scheduler: 'dpmpp2m', steps: 3, guidanceScale: 1, deepCacheInterval: 3, vae: 'taesd' },
};

/** Returns options with what their preset says for those left out. */
export function withPreset<T extends PresetOptions & { preset?: PresetName; deepCacheThreshold?: number }>(
  options: T,
): T {
  if (options.preset === undefined) return options;
  const { deepCacheInterval, ...preset } = presets[options.preset];
  // A threshold takes the place of an interval.
  const all = options.deepCacheThreshold === undefined ? { ...preset, deepCacheInterval } : preset;
  const given = Object.fromEntries(Object.entries(options as object).filter(([, value]) => value !== undefined));
  return { ...options, ...all, ...given };
}
