// Kind "schedulers": timesteps, and the sample after a loop with a made-up network, for every scheduler and step count in the file.
import { createScheduler } from '../../schedulers/create-scheduler.ts';
import type { Scheduler } from '../../schedulers/scheduler.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { compareClosely, compareExactly, PASS_TOLERANCE } from '../comparison.ts';
import type { GoldenFile } from '../golden-file.ts';
import type { Kind } from '../kind.ts';
import { partsOf } from './tensor-names.ts';

/** `<scheduler><steps>.timesteps` and `<scheduler><steps>.final`. */
export const schedulers: Kind = async function* (golden) {
  const config = golden.json('config');
  for (const name of golden.names) {
    if (name === 'alphas_cumprod') {
      const { alphasCumprod } = createScheduler('ddim', config);
      yield await compareClosely(golden, name, Tensor.float32([alphasCumprod.length], alphasCumprod), PASS_TOLERANCE);
    }
    const [scheduler, steps, result] = partsOf(
      /^(ddim|dpmpp2m|dpmpp2m_karras|unipc|euler)(\d+)\.(timesteps|final)$/,
      name,
    );
    if (scheduler === undefined) continue;
    if (result === 'timesteps') {
      const { timesteps } = startLoop(scheduler, config, Number(steps));
      yield await compareExactly(golden, name, { shape: [timesteps.length], data: timesteps });
    } else {
      const final = await runLoop(golden, startLoop(scheduler, config, Number(steps)));
      yield await compareClosely(golden, name, final, PASS_TOLERANCE);
    }
  }
};

function startLoop(name: string, config: unknown, steps: number): Scheduler {
  const scheduler = createScheduler(name, config);
  scheduler.setTimesteps(steps);
  return scheduler;
}

/** Steps `x` to the end; the network's answer is 0.3 of its input and 0.7 of a noise that differs from step to step. */
async function runLoop(golden: GoldenFile, scheduler: Scheduler): Promise<Tensor<'float32'>> {
  const start = await golden.float32('x');
  let sample: Float32Array = start.data.map((value) => value * scheduler.initNoiseSigma);
  for (const [step, timestep] of scheduler.timesteps.entries()) {
    const noise = golden.hashed(`sched.eps.${step}`, start.shape).data;
    const input = scheduler.scaleModelInput(sample, timestep);
    sample = scheduler.step(
      input.map((value, i) => 0.3 * value + 0.7 * noise[i]),
      timestep,
      sample,
    );
  }
  return Tensor.float32(start.shape, sample);
}
