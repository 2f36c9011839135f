// Vitest calls this before the tests in the browser, which cannot make files themselves: it has them made and served.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { chromiumPath } from './chromium.ts';

declare module 'vitest' {
  /** What tests in the browser are told. */
  export interface ProvidedContext {
    /** The address of the folder of files. */
    mediaFiles: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (chromiumPath() === undefined) {
    console.log(
      '\nNo Chromium: the tests of the media interface in a browser are skipped.\n' +
        'Install it (Debian: apt-get install chromium), or name a Chromium or Chrome in CHROME_PATH.\n',
    );
    return () => Promise.resolve();
  }
  const child = fork(fileURLToPath(new URL('media-files-child.ts', import.meta.url)), [], {
    cwd: root,
    execArgv: ['--import', 'tsx'],
  });
  const ended = once(child, 'exit');
  const [url] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  if (typeof url !== 'string') throw new Error('The files for the tests in the browser cannot be made.');
  project.provide('mediaFiles', url);
  return async () => {
    child.disconnect();
    await ended;
  };
}
