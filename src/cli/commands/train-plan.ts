// latentsync train plan: everything that a model is made of, from nothing, in one command.
import { defineCommand } from '../command.ts';
import { jsonOption, threadsOption } from './shared-options.ts';

export const trainPlanCommand = defineCommand({
  name: 'train plan',
  summary: 'Make clips and train all networks of a model.',
  description:
    'Carries out a plan such as models/tiny/training/plan.yaml: makes the clips, trains one network after the other, and puts ' +
    'their weights into the folder "weights". What is done is not done again, and a training that was interrupted goes on where it ' +
    'was, so that the same command can be given as often as it takes.',
  arguments: {},
  options: {
    plan: { kind: 'text', value: 'FILE', required: true, help: 'The plan.' },
    output: { kind: 'text', value: 'DIR', short: 'o', required: true, help: 'Folder of all that is made.' },
    minutes: { kind: 'number', value: 'N', help: 'Stop after so many minutes; the same command goes on later.' },
    workers: {
      kind: 'number',
      value: 'N',
      help: 'Processes that render clips, each on one core. Default: one for each core.',
    },
    threads: threadsOption,
    json: jsonOption,
  },
  examples: ['latentsync train plan --plan models/tiny/training/plan.yaml -o runs/tiny'],
  async run({ options }, { report, signal }) {
    const { trainPlan } = await import('../../training/train-plan-node.ts');
    const result = await trainPlan({
      plan: options.plan,
      output: options.output,
      workers: options.workers,
      threads: options.threads,
      minutes: options.minutes,
      signal,
      onProgress: report.onProgress,
      onPart: (name) => {
        report.event('part', { name }, `${name}:`);
      },
    });
    const files = Object.values(result.weights).join('\n');
    report.event('result', result, result.finished ? files : 'Not finished: the same command goes on.');
  },
});
