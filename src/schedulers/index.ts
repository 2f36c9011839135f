/**
 * Schedulers: which timesteps a denoising loop visits, what one step makes of the predicted noise, and the noise it starts from.
 *
 * @module latentsync/schedulers
 */
export { createScheduler } from './create-scheduler.ts';
export type { PredictionType, SchedulerConfig, TimestepSpacing } from './scheduler-config.ts';
export { TorchGenerator } from '../util/random.ts';
export { schedulerNames, type Scheduler, type SchedulerName } from './scheduler.ts';
