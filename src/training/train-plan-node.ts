// A training plan: clips, then one network after another, then all their weights. Finished parts are not repeated.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { fileSha256, makeDirectory } from '../hub/files-node.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { trainedLayout } from '../hub/model-registry.ts';
import { checkOptions } from '../util/option-table.ts';
import type { OnProgress } from '../util/progress.ts';
import { option, wording } from '../util/wording.ts';
import { generateClips } from './data/generate-clips-node.ts';
import {
  readText,
  recipeNames,
  runRecipe,
  trainedModelConfig,
  trainedResolution,
  type RecipeName,
} from './run-recipe-node.ts';
import { TrainingConfig } from './training-config.ts';
import { planOptions } from './training-options.ts';
import { SPEECH_SOURCES, type SpeechSource } from './voices/recorded-voices.ts';

/** Options of {@link trainPlan}. */
export interface TrainPlanOptions {
  /** File of the plan. */
  plan: string;
  /** Folder for everything: `clips`, one folder per run, and `weights`. */
  output: string;
  /** Processes that render clips, 1 to 256, each on one core. Default: one per core. */
  workers?: number;
  /** Threads for the networks, 1 to 256. Default: all physical cores, or all logical cores with gradient accumulation. */
  threads?: number;
  /** Stops after this many minutes, 0 to 30000; the same call resumes the work later. */
  minutes?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
  /** Called when a part begins: `clips`, or the name of a run. */
  onPart?: (name: string) => void;
}

/** How far a plan has come. */
export interface TrainPlanResult {
  finished: boolean;
  /** Weights files by network, once everything is done. */
  weights: Readonly<Record<string, string>>;
}

interface Plan {
  clips: { clips: number; seconds: number; speech?: readonly SpeechSource[] };
  runs: readonly { name: string; network: RecipeName; config: string }[];
  /** For each file of weights, the run that they come from. */
  weights: Readonly<Record<string, string>>;
}

/**
 * Carries out a plan, or resumes it. `made-of.json` next to each run records what the run is made of: its recipe, the model, the
 * clips, and the weights it builds on. If one of them has changed later, the run is not continued.
 *
 * @throws LatentSyncError `config-invalid` when the plan is invalid or a run exists that is made of something else; or what
 * {@link runRecipe} throws.
 */
export async function trainPlan(options: TrainPlanOptions): Promise<TrainPlanResult> {
  checkOptions(planOptions, options);
  const plan = parsePlan(await readText(options.plan), options.plan);
  if (options.minutes === undefined) return carryOut(plan, options);
  const deadline = AbortSignal.timeout(60_000 * options.minutes);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  try {
    return await carryOut(plan, { ...options, signal });
  } catch (error) {
    if (!deadline.aborted || options.signal?.aborted || !isAborted(error)) throw error;
    return { finished: false, weights: {} };
  }
}

async function carryOut(plan: Plan, options: TrainPlanOptions): Promise<TrainPlanResult> {
  const { output, signal, onProgress, threads, workers } = options;
  const clips = join(output, 'clips');
  options.onPart?.('clips');
  const resolution = await commonResolution(plan, options.plan);
  await generateClips({ output: clips, ...plan.clips, resolution, workers, signal, onProgress });
  for (const { name, network, config } of plan.runs) {
    const recipe = resolve(dirname(options.plan), config);
    await checkMadeOf(join(output, name), await ingredients(plan, recipe, output));
    if (existsSync(runWeights(output, name))) continue;
    options.onPart?.(name);
    await runRecipe(network, {
      recipe,
      data: network === 'audio' ? join(output, 'speech') : clips,
      output: join(output, name),
      threads,
      signal,
      onProgress,
    });
  }
  const folder = join(output, 'weights');
  await makeDirectory(folder, { remedy: wording`Choose another ${option('output')}.` });
  const weights: Record<string, string> = {};
  for (const [network, run] of Object.entries(plan.weights)) {
    weights[network] = join(folder, `${network}.safetensors`);
    await writeWholeFile(weights[network], await readFile(runWeights(output, run)));
  }
  const unet = plan.runs.find(({ name }) => name === plan.weights.unet);
  if (unet) {
    const config = await trainedModelConfig(resolve(dirname(options.plan), unet.config));
    await writeWholeFile(join(folder, trainedLayout.config), config);
  }
  return { finished: true, weights };
}

/** Returns the resolution of the models that a plan trains; undefined when it trains none. */
async function commonResolution(plan: Plan, path: string): Promise<number | undefined> {
  const recipes = plan.runs.map(({ config }) => resolve(dirname(path), config));
  const resolutions = new Set(await Promise.all(recipes.map(trainedResolution)));
  if (resolutions.size <= 1) return [...resolutions].at(0);
  throw new LatentSyncError(
    'config-invalid',
    wording`The models that ${path} trains take faces of different sizes: ${[...resolutions].join(', ')} pixels.`,
    { remedy: 'Name the same model in all recipes.' },
  );
}

/** What a run is made of; the weights by their sha256. */
interface Ingredients {
  recipe: unknown;
  model: unknown;
  clips: Plan['clips'];
  weights: Record<string, string>;
}

async function ingredients(plan: Plan, path: string, output: string): Promise<Ingredients> {
  const text = await readText(path);
  const recipe = TrainingConfig.parse(text, path);
  const model = recipe.section('model').text('config');
  const weights: Record<string, string> = {};
  for (const file of Object.values(recipe.section('ckpt').all())) {
    if (typeof file !== 'string' || !existsSync(join(output, file)) || !file.endsWith('.safetensors')) continue;
    weights[file] = await fileSha256(join(output, file));
  }
  return {
    recipe: parse(text),
    model: model === undefined ? undefined : parse(await readText(resolve(dirname(path), model))),
    clips: plan.clips,
    weights,
  };
}

/** Records what a run is made of when it begins, and checks later that it is still the same. */
async function checkMadeOf(run: string, made: Ingredients): Promise<void> {
  const path = join(run, 'made-of.json');
  if (!existsSync(path)) {
    if (['state', 'weights'].some((name) => existsSync(join(run, `${name}.safetensors`)))) {
      throw new LatentSyncError(
        'config-invalid',
        wording`${run} contains a run, but no made-of.json that says what it is made of.`,
        { remedy: wording`Delete that folder, or choose another ${option('output')}.` },
      );
    }
    await makeDirectory(run, { what: 'folder of the run', remedy: wording`Choose another ${option('output')}.` });
    return writeWholeFile(path, JSON.stringify(made, undefined, 2));
  }
  const before = JSON.parse(await readText(path)) as Ingredients;
  const isOther = (part: keyof Ingredients): boolean => JSON.stringify(before[part]) !== JSON.stringify(made[part]);
  const others = (['recipe', 'model', 'clips', 'weights'] as const).filter(isOther);
  if (others.length === 0) return;
  const names = {
    recipe: 'its recipe',
    model: "the model's configuration",
    clips: 'the clips',
    weights: 'the weights that it builds on',
  };
  throw new LatentSyncError(
    'config-invalid',
    wording`${run} was started with settings that differ from the plan: ${others.map((part) => names[part]).join(', ')}.`,
    {
      remedy: wording`To train it from scratch, delete that folder and those of the runs that build on it, or choose another ${option('output')}.`,
    },
  );
}

function isAborted(error: unknown): boolean {
  return error instanceof LatentSyncError && error.code === 'aborted';
}

function runWeights(output: string, run: string): string {
  return join(output, run, 'weights.safetensors');
}

function parsePlan(text: string, source: string): Plan {
  const refuse = (rule: string): never => {
    throw new LatentSyncError('config-invalid', wording`${source} is not a training plan: ${rule}.`);
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
  const { count, seconds, speech } = value.clips;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1)
    return refuse('"clips.count" must be a whole number of at least 1');
  if (typeof seconds !== 'number' || !(seconds >= 1 && seconds <= 60))
    return refuse('"clips.seconds" must be a number from 1 to 60');
  if (speech !== undefined && !isListOfSources(speech))
    return refuse(`"clips.speech" must be a list of some of ${SPEECH_SOURCES.join(', ')}`);
  checkFields(refuse, 'the plan', value, ['clips', 'runs', 'weights']);
  checkFields(refuse, '"clips"', value.clips, ['count', 'seconds', 'speech']);
  const taken = new Set(['clips', 'speech', 'prepared', 'weights']);
  const runs = value.runs.map((run: unknown) => {
    if (!isMapping(run) || typeof run.name !== 'string' || typeof run.config !== 'string' || !/^[\w-]+$/.test(run.name))
      return refuse('each of "runs" must have a "name" of letters, digits and "-", and a "config"');
    const network = recipeNames.find((name) => name === run.network);
    checkFields(refuse, `run ${run.name}`, run, ['name', 'network', 'config']);
    if (taken.has(run.name))
      return refuse(
        `the name ${run.name} is already taken, as are ${[...taken].filter((name) => name !== run.name).join(', ')}`,
      );
    taken.add(run.name);
    if (!network) return refuse(`"network" of run ${run.name} must be one of ${recipeNames.join(', ')}`);
    return { name: run.name, network, config: run.config };
  });
  const weights = value.weights as Record<string, string>;
  for (const run of Object.values(weights)) {
    if (!runs.some(({ name }) => name === run)) return refuse(`"weights" names a run that does not exist: ${run}`);
  }
  return { clips: { clips: count, seconds, ...(speech && { speech }) }, runs, weights };
}

function isListOfSources(value: unknown): value is SpeechSource[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => SPEECH_SOURCES.includes(item as SpeechSource))
  );
}

function checkFields(refuse: (rule: string) => never, what: string, fields: object, known: readonly string[]): void {
  const unknown = Object.keys(fields).filter((key) => !known.includes(key));
  if (unknown.length > 0) refuse(`${what} must have only ${known.join(', ')} (got ${unknown.join(', ')})`);
}
