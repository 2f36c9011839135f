// The training loop: gradients from the runtime, AdamW here, a log, and a state on disk from which a run resumes exactly.
import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import { writeModel } from '../onnx/model-proto.ts';
import { makeDirectory, readTextFile } from '../hub/files-node.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { createThreadRuntime } from '../runtime/thread-runtime-node.ts';
import { Tensor, toFloat32, toHalf } from '../tensor/tensor.ts';
import { abortError } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { checkOptions } from '../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { option, wording } from '../util/wording.ts';
import { lossCurve } from './loss-curve.ts';
import { AdamW, addScaled, clipGradientNorm, updateAverage } from './optimization/adamw.ts';
import { learningRateFactor, type LearningRateSchedule } from './optimization/learning-rate.ts';
import { trainOptions } from './training-options.ts';
import { parseTrainingLog, type TrainingLogEntry } from './training-log.ts';
import { readTrainingState, writeTrainingState } from './training-state-node.ts';
import type { TrainingTask } from './training-task.ts';

/** How a network is trained; named as in the official configuration files. */
export interface TrainingSettings {
  /** Total number of optimizer steps. */
  maxTrainSteps: number;
  learningRate: number;
  schedule: LearningRateSchedule;
  warmupSteps: number;
  maxGradNorm: number;
  weightDecay: number;
  /** Batches whose gradients are averaged for one step; they run at the same time if there are enough threads. */
  gradientAccumulationSteps: number;
  /** Decay of the moving average of the weights, which is what is kept in the end. */
  emaDecay: number;
  /** Steps between two writes of the state. */
  saveSteps: number;
}

/** Options of a training run. */
export interface TrainOptions {
  /** Folder of the run: `state.safetensors`, `log.jsonl`, `loss.svg` and finally `weights.safetensors`. An existing run is resumed. */
  output: string;
  settings: TrainingSettings;
  /** Threads for all networks together, 1 to 256. Default: all physical cores, or all logical cores with gradient accumulation. */
  threads?: number;
  /** Stops after this many minutes of training, 0 to 30000, as an interruption does but without an error. */
  minutes?: number;
  /** Interrupts: the state is written, then the promise fails with code `aborted`. */
  signal?: AbortSignal;
  /** Stage `train`, in steps. */
  onProgress?: OnProgress;
  /** Looks at the weights every so many steps, and when all are done; the state is written before. Default: nobody does. */
  validation?: {
    /** Steps from one to the next. */
    steps: number;
    /** Called with the step, and with what writes the weights that were trained so far. */
    run: (step: number, writeWeights: (path: string) => Promise<void>) => Promise<unknown>;
  };
  /** Called after every step with its line of the log. */
  onStep?: (entry: TrainingLogEntry) => void;
}

/** The outcome of a run. */
export interface TrainingResult {
  /** Steps done in total. */
  step: number;
  /** Mean loss of the last steps, at most a hundred; undefined before the first. */
  loss: number | undefined;
  /** Whether all steps are done and the weights written. */
  finished: boolean;
  /** File of the weights, float16; undefined while the run is not finished. */
  weights: string | undefined;
  /** Peak memory of this process in bytes; undefined if there was nothing to do. */
  peakBytes: number | undefined;
}

/**
 * Trains a task's network, or resumes an earlier run in the same folder. A run that was interrupted has the same losses as one that
 * was not.
 *
 * @throws RangeError for an option out of range.
 * @throws LatentSyncError `aborted`, `config-invalid` (the folder holds another network's run), `checkpoint-mismatch` (the starting
 * weights belong to another network), `training-diverged`, `output-not-writable`.
 */
export async function train(task: TrainingTask, options: TrainOptions): Promise<TrainingResult> {
  const { output, settings, signal, threads, validation } = options;
  checkOptions(trainOptions, options);
  const maxSeconds = 60 * (options.minutes ?? Infinity);
  const paths = { state: join(output, 'state.safetensors'), log: join(output, 'log.jsonl') };
  await makeDirectory(output, { what: 'folder of the run', remedy: wording`Choose another ${option('output')}.` });
  await task.prepare?.();
  const run = await startRun(task, paths.state, settings);
  await cutLog(paths.log, run.step);
  const finish = async (peakBytes?: number): Promise<TrainingResult> => {
    const log = existsSync(paths.log) ? parseTrainingLog(await readTextFile(paths.log)) : [];
    const recent = log.slice(-100);
    const loss = log.length > 0 ? recent.reduce((sum, entry) => sum + entry.loss, 0) / recent.length : undefined;
    const curve = join(output, 'loss.svg');
    if (log.length > 0) await writeWholeFile(curve, lossCurve(log, `Loss of ${basename(resolve(output))}`));
    const finished = run.step >= settings.maxTrainSteps;
    const weights = join(output, 'weights.safetensors');
    if (finished) await writeWeights(weights, task, run.average);
    return { step: run.step, loss, finished, weights: finished ? weights : undefined, peakBytes };
  };
  if (run.step >= settings.maxTrainSteps) return finish();

  await using trainers = await Trainers.start(task, settings.gradientAccumulationSteps, threads);
  const progress = new ProgressReporter('train', settings.maxTrainSteps, options.onProgress);
  progress.report(run.step);
  const startedAt = performance.now();
  let savedStep = run.step;
  const save = async (): Promise<void> => {
    if (savedStep !== run.step) await writeTrainingState(paths.state, run, task.layout);
    savedStep = run.step;
  };
  const secondsSoFar = (): number => (performance.now() - startedAt) / 1000;
  const shouldStop = (): boolean => signal?.aborted === true || secondsSoFar() >= maxSeconds;
  const prepare = (step: number): Promise<Feeds[]> => {
    const parts = Array.from({ length: settings.gradientAccumulationSteps }, (_, part) => task.batch(step, part));
    const batches = Promise.all(parts); // made while the networks run
    batches.catch(() => undefined); // whoever awaits them hears of it
    return batches;
  };
  let next = prepare(run.step);
  while (run.step < settings.maxTrainSteps && !shouldStop()) {
    const batches = await next;
    const running = trainers.run(batches, run.parametersTensor);
    if (run.step + 1 < settings.maxTrainSteps) next = prepare(run.step + 1);
    const { gradients, figures } = await running;
    const gradientNorm = clipGradientNorm(gradients, settings.maxGradNorm);
    if (!Number.isFinite(gradientNorm)) {
      throw new LatentSyncError(
        'training-diverged',
        `The loss of step ${run.step + 1} or its gradients are not finite (loss ${figures.loss}).`,
        {
          remedy: wording`Use a learning rate below ${settings.learningRate}, and start from the last state in ${output}.`,
        },
      );
    }
    const factor = learningRateFactor(settings.schedule, run.step, {
      warmupSteps: settings.warmupSteps,
      totalSteps: settings.maxTrainSteps,
    });
    const learningRate = settings.learningRate * factor;
    run.optimizer.step(run.parameters, gradients, learningRate);
    run.step++;
    updateAverage(run.average, run.parameters, settings.emaDecay, run.step);
    const { loss, ...metrics } = figures;
    const entry = { step: run.step, loss, learningRate, gradientNorm, seconds: secondsSoFar(), ...metrics };
    await appendFile(paths.log, `${JSON.stringify(entry)}\n`).catch((error: unknown) => {
      throw fileError(error, paths.log, { doing: 'write' });
    });
    options.onStep?.(entry);
    progress.report(run.step);
    if (run.step % settings.saveSteps === 0) await save();
    if (validation && (run.step % validation.steps === 0 || run.step === settings.maxTrainSteps)) {
      await save(); // whatever goes wrong with it
      await validation.run(run.step, (path) => writeWeights(path, task, run.average));
    }
  }
  await save();
  await next.catch(() => undefined); // a batch that is not needed; the clips are read until it is made
  const result = await finish(1024 * process.resourceUsage().maxRSS);
  if (signal?.aborted) throw abortError(signal);
  return result;
}

interface TrainingRun {
  step: number;
  readonly parameters: Float32Array;
  readonly parametersTensor: Tensor<'float32'>;
  readonly average: Float32Array;
  readonly optimizer: AdamW;
  readonly moment1: Float32Array;
  readonly moment2: Float32Array;
}

async function startRun(task: TrainingTask, statePath: string, settings: TrainingSettings): Promise<TrainingRun> {
  const { layout } = task;
  const optimizer = new AdamW(layout, { weightDecay: settings.weightDecay });
  const state = await readTrainingState(statePath, layout);
  const parameters = state?.parameters ?? new Float32Array(layout.size);
  if (state) {
    optimizer.moment1.set(state.moment1);
    optimizer.moment2.set(state.moment2);
    optimizer.steps = state.step;
  } else {
    for (const [key, { shape, offset }] of layout.entries) parameters.set(await task.initial(key, shape), offset);
  }
  return {
    step: state?.step ?? 0,
    parameters,
    parametersTensor: Tensor.float32([layout.size], parameters),
    average: state?.average ?? parameters.slice(),
    optimizer,
    moment1: optimizer.moment1,
    moment2: optimizer.moment2,
  };
}

type Feeds = Record<string, Tensor>;

/**
 * One network several times, so that the batches of a step run at the same time: small networks do more on one thread each than
 * on all threads together. In this process, because parameters go in and gradients come out at every step.
 */
class Trainers implements AsyncDisposable {
  readonly #runtimes: readonly Runtime[];
  readonly #sessions: readonly Session[];
  readonly #gradients: Float32Array;

  private constructor(runtimes: readonly Runtime[], sessions: readonly Session[], size: number) {
    this.#runtimes = runtimes;
    this.#sessions = sessions;
    this.#gradients = new Float32Array(size);
  }

  static async start(task: TrainingTask, parts: number, threads: number | undefined): Promise<Trainers> {
    const all = threads ?? availableParallelism();
    const count = Math.min(parts, all);
    const each = count === 1 ? threads : Math.floor(all / count);
    const runtimes = Array.from({ length: count }, () => createThreadRuntime({ threads: each }));
    try {
      const model = writeModel(task.graph, task.frozen);
      const sessions = await Promise.all(runtimes.map((runtime) => runtime.createSession(model)));
      return new Trainers(runtimes, sessions, task.layout.size);
    } catch (error) {
      for (const runtime of runtimes) await runtime[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Returns the means over the batches; added in their order, so that the threads' pace makes no difference. The vector of the
   * gradients is the same one at every call.
   */
  async run(
    batches: readonly Feeds[],
    parameters: Tensor<'float32'>,
  ): Promise<{ gradients: Float32Array; figures: Record<string, number> }> {
    const gradients = this.#gradients.fill(0);
    const figures: Record<string, number> = {};
    for (let first = 0; first < batches.length; first += this.#sessions.length) {
      const together = batches.slice(first, first + this.#sessions.length);
      const running = together.map((batch, index) => this.#sessions[index].run({ ...batch, parameters }));
      for (const result of running) result.catch(() => undefined); // whoever awaits it hears of it
      for (const pending of running) {
        const { gradients: result, ...scalars } = await pending;
        addScaled(gradients, toFloat32(result).data, 1 / batches.length);
        for (const [name, tensor] of Object.entries(scalars))
          figures[name] = (figures[name] ?? 0) + toFloat32(tensor).data[0] / batches.length;
      }
    }
    return { gradients, figures };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) await session[Symbol.asyncDispose]();
    for (const runtime of this.#runtimes) await runtime[Symbol.asyncDispose]();
  }
}

/** Takes lines of steps after the state's from the log: those steps will be done again. */
async function cutLog(path: string, step: number): Promise<void> {
  if (!existsSync(path)) return;
  const kept = parseTrainingLog(await readFile(path, 'utf8')).filter((entry) => entry.step <= step);
  await writeWholeFile(path, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}

async function writeWeights(path: string, task: TrainingTask, average: Float32Array): Promise<void> {
  const tensors = new Map<string, Tensor>();
  const add = (key: string, tensor: Tensor<'float32'>): void => {
    const name = task.fileKey(key);
    if (name !== undefined) tensors.set(name, toHalf(tensor, 'float16'));
  };
  for (const [key, { shape, offset, size }] of task.layout.entries) {
    add(key, Tensor.float32(shape, average.subarray(offset, offset + size)));
  }
  for (const [key, tensor] of await task.others()) add(key, tensor);
  await writeSafetensorsFile(path, { tensors, read: (key) => Promise.resolve(tensors.get(key)!) });
}
