import { describe, expect, it } from 'vitest';
import { readGolden } from '../../test/read-golden.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { fillHashed } from '../tensor/hashed.ts';
import type { Scheduler } from './scheduler.ts';
import { createScheduler } from './create-scheduler.ts';
import { schedulerNames } from './scheduler.ts';

const golden = readGolden('scheduler/schedulers.safetensors');
const officialConfig = JSON.parse(golden.metadata['config']) as Record<string, unknown>;

describe('golden schedules', () => {
  const runs = golden.names.filter((name) => name.endsWith('.timesteps')).map((name) => name.replace('.timesteps', ''));

  it('covers every scheduler', () => {
    expect(runs.length).toBe(14);
  });

  it.each(runs)('%s', (run) => {
    const [, name, steps] = /^(.*?)(\d+)$/.exec(run.replace('dpmpp2m', 'dpmppm')) ?? [];
    const scheduler = createScheduler(name.replace('dpmppm', 'dpmpp2m'), officialConfig);
    scheduler.setTimesteps(Number(steps));
    expect(scheduler.timesteps).toEqual(golden.numbers(`${run}.timesteps`));
    let sample = Float32Array.from(golden.numbers('x'), (value) => value * scheduler.initNoiseSigma);
    scheduler.timesteps.forEach((timestep, i) => {
      const input = scheduler.scaleModelInput(sample, timestep);
      const noise = new Float32Array(sample.length);
      fillHashed(noise, `${golden.metadata['hash_prefix']}sched.eps.${i}`);
      const noisePred = input.map((value, j) => 0.3 * value + 0.7 * noise[j]);
      sample = scheduler.step(noisePred, timestep, sample) as Float32Array<ArrayBuffer>;
    });
    expect(relativeError(sample, golden.numbers(`${run}.final`))).toBeLessThan(2e-6);
  });

  it('has the reference alphas, bit for bit', () => {
    expect(createScheduler('ddim', officialConfig).alphasCumprod).toEqual(golden.tensor('alphas_cumprod').data);
  });
});

// Data drawn from N(MEAN, SPREAD²): the noise in a sample, and the sample that a perfect solver ends with, are known.
const MEAN = 0.7;
const SPREAD = 0.5;

type Parameters = Record<string, unknown>;

/** Runs a loop with the true noise and returns the largest error of the final samples. */
function errorOnGaussian(name: string, options: Parameters, steps: number): number {
  const scheduler = createScheduler(name, { ...officialConfig, set_alpha_to_one: true, ...options });
  scheduler.setTimesteps(steps);
  const isEuler = name === 'euler';
  // Level of a timestep as noise-to-signal ratio, from the schedule itself, by adding noise 1 to a clean 0.
  const levelOf = (timestep: number): number => {
    const sigma = scheduler.addNoise(Float32Array.of(0), Float32Array.of(1), timestep)[0];
    return isEuler ? sigma : sigma / Math.sqrt(1 - sigma * sigma);
  };
  const { timesteps } = scheduler;
  const first = levelOf(timesteps[0]);
  const scale = isEuler ? 1 : 1 / Math.sqrt(first * first + 1);
  const starts = [-1.5, -0.3, 0, 0.8, 2];
  let sample = Float32Array.from(starts, (z) => scale * (MEAN + z * Math.sqrt(SPREAD ** 2 + first ** 2)));
  for (const timestep of timesteps) {
    const level = levelOf(timestep);
    const alpha = 1 / Math.sqrt(level * level + 1);
    const sigma = level * alpha;
    const noisePred = scheduler.scaleModelInput(sample, timestep).map((x) => {
      const clean = MEAN + ((x / alpha - MEAN) * SPREAD ** 2) / (SPREAD ** 2 + level ** 2);
      const noise = (x - alpha * clean) / sigma;
      if (options['prediction_type'] === 'sample') return clean;
      return options['prediction_type'] === 'v_prediction' ? alpha * noise - sigma * clean : noise;
    });
    sample = scheduler.step(noisePred, timestep, sample) as Float32Array<ArrayBuffer>;
  }
  return Math.max(...starts.map((z, i) => Math.abs(sample[i] - (MEAN + z * SPREAD))));
}

describe('every option leads to the true sample', () => {
  const karras = { use_karras_sigmas: true };
  const cases: [string, Parameters, number][] = [
    ['ddim', {}, 0.09],
    ['ddim', { timestep_spacing: 'linspace' }, 0.08],
    ['ddim', { timestep_spacing: 'trailing' }, 0.12],
    ['ddim', { beta_schedule: 'linear', beta_start: 0.0001, beta_end: 0.02 }, 0.11],
    ['ddim', { beta_schedule: 'squaredcos_cap_v2' }, 0.06],
    ['ddim', { steps_offset: 0 }, 0.1],
    ['euler', {}, 0.1],
    ['euler', { timestep_spacing: 'leading' }, 0.09],
    ['euler', { timestep_spacing: 'trailing' }, 0.12],
    ['euler', karras, 0.07],
    ['dpmpp2m', {}, 0.07],
    ['dpmpp2m', { timestep_spacing: 'leading' }, 0.07],
    ['dpmpp2m', { timestep_spacing: 'trailing' }, 0.07],
    ['dpmpp2m', { solver_order: 1, ...karras }, 0.07],
    ['dpmpp2m_karras', {}, 0.008],
    ['dpmpp2m_karras', { solver_type: 'heun' }, 0.012],
    ['dpmpp2m_karras', { euler_at_final: true, lower_order_final: false }, 0.008],
    ['dpmpp2m_karras', { num_train_timesteps: 500 }, 0.003],
    ['unipc', {}, 0.07],
    ['unipc', { timestep_spacing: 'leading' }, 0.07],
    ['unipc', { timestep_spacing: 'trailing' }, 0.07],
    ['unipc', karras, 0.002],
    ['unipc', { solver_type: 'bh1', ...karras }, 0.005],
    ['unipc', { solver_order: 1, ...karras }, 0.02],
    ['unipc', { solver_order: 3, ...karras }, 0.003],
    ['unipc', { disable_corrector: [0, 1, 2], ...karras }, 0.002],
  ];

  it.each(cases)('%s %j', (name, options, tolerance) => {
    const types = name === 'euler' ? ['epsilon', 'v_prediction'] : ['epsilon', 'v_prediction', 'sample'];
    for (const prediction_type of types) {
      expect(errorOnGaussian(name, { ...options, prediction_type }, 25)).toBeLessThan(tolerance);
    }
  });
});

describe('few steps', () => {
  const counts = [2, 3, 4, 6, 8, 10, 20];

  it.each(schedulerNames)('of %s come closer to the true sample the more they are', (name) => {
    const scheduler = createScheduler(name, officialConfig);
    const errors = counts.map((steps) => errorOnGaussian(name, {}, steps));
    for (const [i, steps] of counts.entries()) {
      scheduler.setTimesteps(steps);
      const { timesteps } = scheduler;
      expect(new Set(timesteps).size).toBe(steps);
      expect([...timesteps].sort((x, y) => y - x)).toEqual(timesteps);
      // Noise levels after Karras et al. are so coarse that errors of opposite signs cancel out at some numbers of steps.
      if (i > 0) expect(errors[i]).toBeLessThan(errors[i - 1] * (name === 'dpmpp2m_karras' ? 1.6 : 1));
    }
    expect(errors[0]).toBeLessThan(1);
    expect(errors[6]).toBeLessThan(errors[0] / 5);
  });
});

describe('noise', () => {
  it('keeps the variance, and begins where the loop begins', () => {
    for (const name of schedulerNames) {
      const scheduler = createScheduler(name, officialConfig);
      scheduler.setTimesteps(10);
      const timestep = scheduler.timesteps[3];
      const noisy = scheduler.addNoise(Float32Array.of(1, 0), Float32Array.of(0, 1), timestep);
      const input = scheduler.scaleModelInput(noisy, timestep);
      expect(input[0] ** 2 + input[1] ** 2).toBeCloseTo(1, 5);
      const first = scheduler.addNoise(Float32Array.of(0), Float32Array.of(1), scheduler.timesteps[0])[0];
      if (name === 'euler') expect(scheduler.initNoiseSigma).toBeCloseTo(first, 5);
      else expect(scheduler.initNoiseSigma).toBe(1);
    }
  });

  it('can be added at every training timestep before a loop is set up', () => {
    for (const name of schedulerNames) {
      const scheduler = createScheduler(name, officialConfig);
      const input = scheduler.addNoise(Float32Array.of(1), Float32Array.of(0), 500);
      const alpha = name === 'euler' ? 1 : Math.sqrt(scheduler.alphasCumprod[500]);
      expect(input[0]).toBeCloseTo(alpha, 5);
    }
  });
});

describe('DDIM', () => {
  it('clips the clean sample when asked to', () => {
    const scheduler = createScheduler('ddim', { clip_sample: true, clip_sample_range: 2, set_alpha_to_one: true });
    scheduler.setTimesteps(1000);
    expect(scheduler.step(Float32Array.of(0, 0), 0, Float32Array.of(9, -1))[0]).toBeCloseTo(2, 6);
  });

  it('takes betas from the configuration', () => {
    const scheduler = createScheduler('ddim', { trained_betas: [0.5, 0.5, 0.75] });
    expect([...scheduler.alphasCumprod]).toEqual([0.5, 0.25, 0.0625]);
    expect(scheduler.timesteps).toEqual([2, 1, 0]);
  });
});

describe('what cannot be honored is refused', () => {
  it.each([
    [{ thresholding: true }, 'thresholding = true is not supported'],
    [
      { beta_schedule: 'sigmoid' },
      'beta_schedule must be one of linear, scaled_linear, squaredcos_cap_v2 (got "sigmoid")',
    ],
    [{ prediction_type: 'flow_prediction' }, 'prediction_type must be one of'],
    [{ timestep_spacing: 7 }, 'timestep_spacing must be one of'],
    [{ num_train_timesteps: 10.5 }, 'num_train_timesteps must be an integer'],
    [{ beta_start: '0.1' }, 'beta_start must be a number'],
    [{ clip_sample: 1 }, 'clip_sample must be true or false'],
    [{ trained_betas: [2] }, 'trained_betas must be numbers between 0 and 1'],
    [[], 'must be a JSON object'],
    [null, 'must be a JSON object'],
  ])('%j', (json, message) => {
    expect(() => createScheduler('ddim', json)).toThrow(message);
  });

  it('by the scheduler that lacks it', () => {
    expect(() => createScheduler('dpmpp2m', { solver_order: 3 })).toThrow('solver_order 1 and 2');
    expect(() => createScheduler('unipc', { lower_order_final: false })).toThrow('lower_order_final');
    expect(() => createScheduler('euler', { prediction_type: 'sample' })).toThrow('prediction_type');
    expect(() => createScheduler('plms', {})).toThrow('scheduler must be one of ddim, ');
  });

  it('in the number and the order of steps', () => {
    const ddim = createScheduler('ddim', officialConfig);
    expect(() => {
      ddim.setTimesteps(1001);
    }).toThrow('numInferenceSteps must be an integer from 1 to 1000');
    expect(() => {
      ddim.setTimesteps(1000);
    }).toThrow('steps_offset 1 moves timestep 999 beyond');
    expect(() => ddim.step(Float32Array.of(1), 1000, Float32Array.of(1))).toThrow('timestep must be an integer below');
    const dpm = createScheduler('dpmpp2m', officialConfig);
    dpm.setTimesteps(8);
    expect(() => dpm.step(Float32Array.of(1), 998, Float32Array.of(1))).toThrow('not one of the scheduler');
    dpm.step(Float32Array.of(1), 999, Float32Array.of(1));
    expect(() => dpm.step(Float32Array.of(1), 749, Float32Array.of(1))).toThrow('timestep 874 next (got 749)');
    expect(() => dpm.step(Float32Array.of(1, 2), 874, Float32Array.of(1))).toThrow('must have one length');
  });
});

describe('multistep loops', () => {
  it('begin anew with setTimesteps', () => {
    for (const name of ['dpmpp2m', 'unipc']) {
      const scheduler: Scheduler = createScheduler(name, officialConfig);
      const run = () => {
        scheduler.setTimesteps(5);
        let sample: Float32Array = Float32Array.of(1, -2);
        for (const timestep of scheduler.timesteps) {
          sample = scheduler.step(
            sample.map((value) => value / 3),
            timestep,
            sample,
          );
        }
        return sample;
      };
      expect(run()).toEqual(run());
    }
  });

  it('survive rounded timesteps that come twice', () => {
    const scheduler = createScheduler('dpmpp2m_karras', officialConfig);
    scheduler.setTimesteps(120);
    expect(new Set(scheduler.timesteps).size).toBeLessThan(120);
    let sample: Float32Array = Float32Array.of(1);
    for (const timestep of scheduler.timesteps) sample = scheduler.step(Float32Array.of(0), timestep, sample);
    expect(sample[0]).toBeGreaterThan(1);
  });
});
