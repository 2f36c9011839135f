// Learning rates over the steps of a training run.

/** How the learning rate falls after the warm-up; names as in diffusers. */
export type LearningRateSchedule = 'constant' | 'linear' | 'cosine';

/** The names of the schedules. */
export const learningRateSchedules: readonly LearningRateSchedule[] = ['constant', 'linear', 'cosine'];

/**
 * Returns a factor of the learning rate: it rises linearly over the warm-up, then follows the schedule down to 0.
 *
 * @param step - from 0 on.
 */
export function learningRateFactor(
  schedule: LearningRateSchedule,
  step: number,
  { warmupSteps, totalSteps }: { warmupSteps: number; totalSteps: number },
): number {
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  switch (schedule) {
    case 'constant':
      return 1;
    case 'linear':
      return 1 - progress;
    case 'cosine':
      return 0.5 * (1 + Math.cos(Math.PI * progress));
  }
}
