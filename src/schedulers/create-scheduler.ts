// createScheduler: a scheduler by name, with the options of a scheduler_config.json.
import { checkOneOf } from '../util/assert.ts';
import { DDIMScheduler } from './ddim.ts';
import { DPMSolverMultistepScheduler } from './dpm-solver-multistep.ts';
import { EulerDiscreteScheduler } from './euler-discrete.ts';
import { schedulerNames, type Scheduler } from './scheduler.ts';
import { parseSchedulerConfig } from './scheduler-config.ts';
import { UniPCMultistepScheduler } from './unipc-multistep.ts';

/**
 * Returns a scheduler.
 *
 * @param json - a `scheduler_config.json`, whichever class wrote it; absent fields take the scheduler's own defaults.
 * @throws RangeError for an unknown name, LatentSyncError `config-invalid` for options that cannot be honored.
 *
 * @example
 * const scheduler = createScheduler('ddim', { beta_schedule: 'scaled_linear', beta_start: 0.00085, beta_end: 0.012 });
 */
export function createScheduler(name: string, json: unknown): Scheduler {
  const config = parseSchedulerConfig(json);
  switch (checkOneOf('scheduler', name, schedulerNames)) {
    case 'ddim':
      return new DDIMScheduler(config);
    case 'dpmpp2m':
      return new DPMSolverMultistepScheduler(config);
    case 'dpmpp2m_karras':
      return new DPMSolverMultistepScheduler({ ...config, useKarrasSigmas: true });
    case 'unipc':
      return new UniPCMultistepScheduler(config);
    case 'euler':
      return new EulerDiscreteScheduler(config);
  }
}
