// latentsync train plan: makes a whole model from scratch, in one command.
import { planOptions } from '../../training/training-options.ts';
import { defineCommand } from '../command.ts';

export const trainPlanCommand = defineCommand({
  description:
    'Carries out a plan such as models/tiny/training/plan.yaml: makes the clips, trains one network after another, and puts ' +
    'their weights into the folder "weights". Whatever is finished is not done again, and an interrupted training resumes, so the ' +
    'same command can be repeated as often as needed.',
  positionals: [],
  options: planOptions,
  examples: ['latentsync train plan --plan models/tiny/training/plan.yaml -o runs/tiny'],
  async run(options, { report, signal }) {
    const { trainPlan } = await import('../../training/train-plan-node.ts');
    const result = await trainPlan({
      ...options,
      signal,
      onProgress: report.onProgress,
      onPart: (name) => {
        report.event('part', { name }, `${name}:`);
      },
    });
    const files = Object.values(result.weights).join('\n');
    report.event('result', result, result.finished ? files : 'Not finished. The same command resumes it.');
  },
});
