// What the documentation of an options interface says of ranges and defaults is what its table checks.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { benchmarkOptions } from '../src/benchmark/benchmark-options.ts';
import { verifyOptions } from '../src/conformance/verify-options.ts';
import { frechetVideoOptions, scorePicturesOptions } from '../src/evaluation/official-options.ts';
import { knownModels } from '../src/hub/model-registry.ts';
import { extractFeaturesOptions } from '../src/pipelines/audio/extract-features-options.ts';
import { exportModelOptions } from '../src/pipelines/export-model-options.ts';
import { findFacesOptions } from '../src/pipelines/faces/find-faces-options.ts';
import { lipsyncOptions } from '../src/pipelines/lipsync-option-table.ts';
import { runtimeOptions } from '../src/runtime/runtime-options.ts';
import { syncAccuracyOptions } from '../src/training/sync-accuracy-options.ts';
import { generateClipsOptions, importVideosOptions } from '../src/training/data/clip-options.ts';
import { reportOptions } from '../src/training/report/report-options.ts';
import { planOptions, recipeOptions, trainOptions, validationOptions } from '../src/training/training-options.ts';
import { defaultValue, flagName, type OptionDefinition, type OptionTable } from '../src/util/option-table.ts';

const documented: readonly (readonly [file: string, name: string, table: OptionTable])[] = [
  ['src/pipelines/lipsync-options.ts', 'LipsyncOptions', lipsyncOptions],
  ['src/pipelines/audio/extract-features-node.ts', 'ExtractFeaturesOptions', extractFeaturesOptions],
  ['src/pipelines/faces/find-faces-node.ts', 'FindFacesOptions', findFacesOptions],
  ['src/pipelines/export-model-node.ts', 'ExportModelOptions', exportModelOptions],
  ['src/runtime/hosted-runtime-node.ts', 'RuntimeOptions', runtimeOptions],
  ['src/conformance/verify-node.ts', 'VerifyOptions', verifyOptions],
  ['src/evaluation/score-pictures-node.ts', 'ScorePicturesOptions', scorePicturesOptions],
  ['src/evaluation/frechet-video-node.ts', 'FrechetVideoOptions', frechetVideoOptions],
  ['src/training/sync-accuracy-node.ts', 'SyncAccuracyOptions', syncAccuracyOptions],
  ['src/training/run-recipe-node.ts', 'RecipeOptions', validationOptions],
  ['src/benchmark/run-benchmarks-node.ts', 'BenchmarkOptions', benchmarkOptions],
  ['src/training/data/generate-clips-node.ts', 'GenerateClipsOptions', generateClipsOptions],
  ['src/training/data/import-videos-node.ts', 'ImportVideosOptions', importVideosOptions],
  ['src/training/report/report-model-node.ts', 'ReportOptions', reportOptions],
  ['src/training/train-node.ts', 'TrainOptions', trainOptions],
  ['src/training/train-plan-node.ts', 'TrainPlanOptions', planOptions],
];

const tables: readonly OptionTable[] = [...documented.map(([, , table]) => table), recipeOptions];

/** Returns the properties of an interface: whether each must be given, and what is said of it. */
function propertiesOf(file: string, name: string): Map<string, { isOptional: boolean; text: string }> {
  const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const [, body] = new RegExp(`^export interface ${name} [^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source)!;
  const properties = [...body.matchAll(/(?:^ {2}\/\*\*([\s\S]*?)\*\/\n)?^ {2}(\w+)(\??):/gm)];
  return new Map(
    properties.map(([, text = '', property, mark]) => [
      property,
      { isOptional: mark === '?', text: text.replace(/\s+\*?\s*/g, ' ').trim() },
    ]),
  );
}

function expectRange(text: string, { min, max }: Extract<OptionDefinition, { min: number }>): void {
  const range = /(-?\d[\d.]*)(?: \([^)]*\))? to (\d[\d.]*\d|\d)/.exec(text);
  if (max >= Number.MAX_SAFE_INTEGER) expect(text).toContain(`${min} or more`);
  else expect(range?.slice(1).map(Number), text).toEqual([min, max]);
}

describe.each(documented)('%s: %s', (file, name, table) => {
  const properties = propertiesOf(file, name);

  it('has every option of the table, and asks for those that must be given', () => {
    for (const [option, { required, unless }] of Object.entries(table)) {
      expect([option, properties.get(option)?.isOptional]).toEqual([option, !required || unless !== undefined]);
    }
  });

  it('states the ranges and defaults of the table', () => {
    for (const [option, definition] of Object.entries(table)) {
      const { text } = properties.get(option)!;
      if (definition.type === 'integer' || definition.type === 'number') expectRange(text, definition);
      const found: (string | undefined)[] =
        /Default(?: `?([\w.]+?)`?(?:[.:;,]|\s|$)|: (.+?)[.;](?:\s|$))/.exec(text) ?? [];
      const [, value, words] = found;
      const expected = definition.type === 'flag' ? String(definition.default ?? false) : defaultValue(definition);
      // The table may add in parentheses what the models' own defaults are.
      if (words !== undefined) expect([option, words]).toEqual([option, expected?.replace(/ \(.*\)$/, '') ?? 'none']);
      else expect([option, value]).toEqual([option, expected]);
    }
  });
});

describe('the tables', () => {
  it.each(tables)('give every option a flag of its own, a sentence, and a default that it takes (%#)', (table) => {
    const flags = Object.entries(table).map(([name, definition]) => flagName(name, definition));
    expect(new Set(flags).size).toBe(flags.length);
    for (const definition of Object.values<OptionDefinition>(table)) {
      expect(definition.text).toMatch(/^[\w[].*\.$/);
      if (definition.type === 'choice' && definition.default !== undefined) {
        expect(definition.choices).toContain(definition.default);
      }
      if ('min' in definition && definition.default !== undefined) {
        expect(definition.default).toBeGreaterThanOrEqual(definition.min);
        expect(definition.default).toBeLessThanOrEqual(definition.max);
      }
    }
  });

  it('know the models by name', () => {
    expect(lipsyncOptions.model.names).toEqual(knownModels.map(({ name }) => name));
  });

  it('have one limit for the same option everywhere', () => {
    for (const name of ['threads', 'fps', 'device'] as const) {
      const rules = tables.flatMap((table) => {
        const { type, min, max, choices } = { min: undefined, max: undefined, choices: undefined, ...table[name] };
        return name in table ? [JSON.stringify({ type, min, max, choices })] : [];
      });
      expect(new Set(rules).size).toBe(1);
    }
  });
});
