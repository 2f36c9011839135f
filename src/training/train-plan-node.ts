// A plan of trainings: clips, then one network after the other, then the weights of all. What is done is not done again.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import type { OnProgress } from '../util/progress.ts';
import { generateClips } from './data/generate-clips-node.ts';
import { readText, recipeNames, runRecipe, type RecipeName } from './run-recipe-node.ts';

/** Options of {@link trainPlan}. */
export interface TrainPlanOptions {
  /** File of the plan. */
  plan: string;
  /** Folder of everything that is made: `clips`, a folder for each run, and `weights`. */
  output: string;
  /** Processes that render clips. Default: one for each core; nothing else runs meanwhile. */
  workers?: number | undefined;
  /** Threads of the networks. Default: all physical cores. */
  threads?: number | undefined;
  /** Stops after so many seconds; the same call goes on later. */
  maxSeconds?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: OnProgress | undefined;
  /** Called when a part begins: `clips`, or the name of a run. */
  onPart?: ((name: string) => void) | undefined;
}

/** How far a plan is. */
export interface TrainPlanResult {
  finished: boolean;
  /** Files of the weights by network, once all is done. */
  weights: Readonly<Record<string, string>>;
}

interface Plan {
  clips: number;
  secondsPerClip: number;
  runs: readonly { name: string; network: RecipeName; config: string }[];
  /** For each file of weights, the run that they come from. */
  weights: Readonly<Record<string, string>>;
}

/**
 * Carries a plan out, or goes on with it.
 *
 * @throws LatentSyncError `config-invalid` when the plan cannot be meant, or as {@link runRecipe} does.
 */
export async function trainPlan(options: TrainPlanOptions): Promise<TrainPlanResult> {
  const { output, signal, onProgress, threads, workers = availableParallelism() } = options;
  const plan = parsePlan(await readText(options.plan), options.plan);
  const startedAt = performance.now();
  const clips = join(output, 'clips');
  options.onPart?.('clips');
  const { clips: count, secondsPerClip: seconds } = plan;
  await generateClips({ output: clips, clips: count, seconds, workers, signal, onProgress });
  for (const { name, network, config } of plan.runs) {
    const recipe = await readText(resolve(dirname(options.plan), config));
    if (existsSync(runWeights(output, name))) {
      await checkRecipe(join(output, name), recipe, config);
      continue;
    }
    options.onPart?.(name);
    const maxSeconds = options.maxSeconds && options.maxSeconds - (performance.now() - startedAt) / 1000;
    const { finished } = await runRecipe(network, {
      config: resolve(dirname(options.plan), config),
      data: network === 'audio' ? join(output, 'speech') : clips,
      output: join(output, name),
      maxSeconds,
      threads,
      signal,
      onProgress,
    });
    if (!finished) return { finished: false, weights: {} };
    await writeFile(join(output, name, RECIPE_COPY), recipe);
  }
  await mkdir(join(output, 'weights'), { recursive: true });
  const weights: Record<string, string> = {};
  for (const [network, run] of Object.entries(plan.weights)) {
    weights[network] = join(output, 'weights', `${network}.safetensors`);
    await copyFile(runWeights(output, run), weights[network]);
  }
  return { finished: true, weights };
}

/** The recipe of a finished run, kept beside its weights. */
const RECIPE_COPY = 'recipe.yaml';

/** Makes sure that a run was finished with the recipe as it is now. */
async function checkRecipe(run: string, recipe: string, config: string): Promise<void> {
  const copy = join(run, RECIPE_COPY);
  if (!existsSync(copy) || (await readText(copy)) === recipe) return;
  throw new LatentSyncError(
    'config-invalid',
    `${run} was finished with another recipe than ${config} is now.\n` +
      'To train it anew, delete that folder and those of the runs that build on it, or give another --output.',
  );
}

function runWeights(output: string, run: string): string {
  return join(output, run, 'weights.safetensors');
}

function parsePlan(text: string, source: string): Plan {
  const refuse = (rule: string): never => {
    throw new LatentSyncError('config-invalid', `${source} is no plan of trainings: ${rule}.`);
  };
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return refuse(messageOf(error));
  }
  const isMapping = (item: unknown): item is Record<string, unknown> => typeof item === 'object' && item !== null;
  if (!isMapping(value) || !isMapping(value.clips) || !Array.isArray(value.runs) || !isMapping(value.weights)) {
    return refuse('it must have "clips", a list "runs", and "weights"');
  }
  const { count, seconds } = value.clips;
  if (!Number.isInteger(count) || typeof seconds !== 'number') return refuse('"clips" must have "count" and "seconds"');
  const runs = value.runs.map((run: unknown) => {
    if (!isMapping(run) || typeof run.name !== 'string' || typeof run.config !== 'string' || !/^[\w-]+$/.test(run.name))
      return refuse('each of "runs" must have a "name" of letters, digits and "-", and a "config"');
    const network = recipeNames.find((name) => name === run.network);
    if (!network) return refuse(`"network" of run ${run.name} must be one of ${recipeNames.join(', ')}`);
    return { name: run.name, network, config: run.config };
  });
  const weights = value.weights as Record<string, string>;
  for (const run of Object.values(weights)) {
    if (!runs.some(({ name }) => name === run)) return refuse(`"weights" names a run that is not there: ${run}`);
  }
  return { clips: count as number, secondsPerClip: seconds, runs, weights };
}
