// The pages about the command line say what its definitions say.
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { commandLinePage, exitCodesPage } from './support/command-line-pages.ts';

it.each([
  ['docs/command-line.md', commandLinePage],
  ['docs/exit-codes.md', exitCodesPage],
])('%s is up to date', async (path, page) => {
  const text = await format(await page(), { ...(await resolveConfig(path)), parser: 'markdown' });
  await expect(text).toMatchFileSnapshot(`../${path}`);
});
