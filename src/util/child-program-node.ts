// How a program of this package is started in a process of its own, from a build or from the TypeScript sources.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file to start, and the arguments of Node that it needs. */
export interface ChildProgram {
  path: string;
  execArgv: string[];
}

/**
 * Returns the program with a name, in a folder of `src` or `dist`.
 *
 * Run from the sources, a build that is newer than all of them is started in their place: that takes a third of the
 * time that their loader takes.
 *
 * @param name - folder and file without its extension, such as `runtime/session-host-node`.
 */
export function childProgram(name: string): ChildProgram {
  if (!import.meta.url.endsWith('.ts')) return { path: pathOf(`../${name}.js`), execArgv: [] };
  const built = pathOf(`../../dist/${name}.js`);
  if ((isBuildNew ??= isNewerThanSources(built))) return { path: built, execArgv: [] };
  return { path: pathOf(`../${name}.ts`), execArgv: ['--import', import.meta.resolve('tsx')] };
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

/** Found out once: this process does not change its own sources. */
let isBuildNew: boolean | undefined;

function isNewerThanSources(built: string): boolean {
  const { mtimeMs } = statSync(built, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  if (mtimeMs === 0) return false;
  const sources = pathOf('..');
  return readdirSync(sources, { recursive: true, encoding: 'utf8' }).every(
    (name) => !name.endsWith('.ts') || name.endsWith('.test.ts') || statSync(join(sources, name)).mtimeMs < mtimeMs,
  );
}
