// RecentTables: a table comes back for the same video and part, the least recently used one leaves, the store behind is asked last.
import { expect, it } from 'vitest';
import { RecentTables } from './recent-tables.ts';
import { TrackTable } from './track-table.ts';

const newTable = (): Promise<TrackTable> => TrackTable.from([]);

it('gives back the table of the same video and part only', async () => {
  const tables = new RecentTables();
  const table = await newTable();
  await tables.store({ video: 'a' }).write({ endSeconds: 60 }, table);
  expect(await tables.store({ video: 'a' }).read({ endSeconds: 60 })).toBe(table);
  expect(await tables.store({ video: 'a' }).read({})).toBeUndefined();
  expect(await tables.store({ video: 'b' }).read({ endSeconds: 60 })).toBeUndefined();
});

it('keeps the eight tables used last', async () => {
  const tables = new RecentTables();
  const videos = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  for (const video of videos) await tables.store(video).write({}, await newTable());
  await tables.store('a').read({}); // used now, so b is the oldest
  await tables.store('i').write({}, await newTable());
  expect(await tables.store('b').read({})).toBeUndefined();
  for (const video of ['a', 'c', 'h', 'i']) expect(await tables.store(video).read({})).toBeDefined();
});

it('asks the store behind it once, and passes on what is to be kept', async () => {
  const behind = new RecentTables();
  const table = await newTable();
  const tables = new RecentTables();
  await tables.store('a', behind.store('a')).write({}, table);
  expect(await behind.store('a').read({})).toBe(table);
  const others = new RecentTables();
  expect(await others.store('a', behind.store('a')).read({})).toBe(table);
  expect(await others.store('a').read({})).toBe(table);
});
