// The README's programs against the package: each one compiles, with nothing but the package's entry points to import from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('..', import.meta.url));

/** An entry of `exports` in package.json: a file, or files by condition. */
type Target = string | { readonly [condition: string]: Target | undefined };

/** The declarations that an entry has in Node. */
function declarationsOf(target: Target | undefined): string | undefined {
  if (target === undefined || typeof target === 'string') return undefined;
  return typeof target.types === 'string' ? target.types : declarationsOf(target.node);
}

/** The source of each entry point, by the name under which it is imported. */
function entryPoints(): Record<string, string[]> {
  const targets: Readonly<Record<string, Target>> = manifest.exports;
  const sources: Record<string, string[]> = {};
  for (const [path, target] of Object.entries(targets)) {
    const source = declarationsOf(target)?.replace('./dist/', 'src/').replace('.d.ts', '.ts');
    if (source !== undefined) sources[path.replace('.', 'latentsync')] = [join(root, source)];
  }
  return sources;
}

/** Returns what the compiler finds wrong with programs, each as "number: message". */
function complaints(programs: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, paths: entryPoints() }, root);
  const paths = programs.map((_, index) => join(root, 'test', `readme-${index}.ts`));
  const texts = new Map(paths.map((path, index) => [path, programs[index]]));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (path) => texts.get(path) ?? disk.readFile(path),
    fileExists: (path) => texts.has(path) || disk.fileExists(path),
    getSourceFile: (path, version, ...rest) => {
      const text = texts.get(path);
      return text === undefined ? disk.getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version);
    },
  };
  const compiled = ts.createProgram(paths, options, host);
  return paths.flatMap((path, index) => {
    const file = compiled.getSourceFile(path);
    const found = [...compiled.getSyntacticDiagnostics(file), ...compiled.getSemanticDiagnostics(file)];
    return found.map(({ messageText }) => `${index}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  });
}

it('the programs in the README compile', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const programs = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, program]) => program);
  expect(programs).not.toEqual([]);
  const wrong = "import { nothing } from 'latentsync';\nnothing();";
  const expected = `${programs.length}: Module '"latentsync"' has no exported member 'nothing'.`;
  expect(complaints([...programs, wrong])).toEqual([expected]);
}, 120_000);
