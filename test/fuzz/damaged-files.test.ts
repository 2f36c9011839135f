// Every fixture, and sixty damaged ones: each is read or refused, and does no harm to the program that reads it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TorchGenerator } from '../../src/util/random.ts';
import { damage } from './damage.ts';
import { judgeInOneProgram, type FileToRead, type Judgement, type TrackName } from './judgement.ts';
import { fixtureFiles } from './seed-files.ts';

const DAMAGED = 60;
const FIXTURES_PER_PROGRAM = 20;
const DAMAGED_PER_PROGRAM = 15;
const AT_A_TIME = 4;
/** A busy machine delays what else would take 50 ms, the limit of the fuzzer's report. */
const BLOCKED_MS = 250;

let folder: string;
let fixtures: { path: string; judgement: Judgement }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-damaged-'));
  const paths = await fixtureFiles();
  const judgements = await judgeAll(
    paths.map((path) => ({ path, tracks: ['video', 'audio'] })),
    FIXTURES_PER_PROGRAM,
  );
  fixtures = paths.map((path, index) => ({ path, judgement: judgements[index] }));
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

/** Judges files, several programs at a time, each of which reads so many of them. */
async function judgeAll(files: readonly FileToRead[], filesPerProgram: number): Promise<Judgement[]> {
  const groups: FileToRead[][] = [];
  for (let first = 0; first < files.length; first += filesPerProgram) {
    groups.push(files.slice(first, first + filesPerProgram));
  }
  const left = [...groups.entries()];
  const judgements: Judgement[][] = [];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) judgements[next[0]] = await judgeInOneProgram(next[1]);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return judgements.flat();
}

function isHarmful({ harm, blockedMs = 0 }: Judgement): boolean {
  return harm.some((word) => word !== 'blocked') || blockedMs > BLOCKED_MS;
}

function readTracks({ outcomes }: Judgement): TrackName[] {
  return (['video', 'audio'] as const).filter((track) => outcomes[track] === 'ok');
}

it('no fixture does harm, and most are read', () => {
  expect(fixtures.filter(({ judgement }) => isHarmful(judgement))).toEqual([]);
  const refused = fixtures.filter(({ judgement }) => readTracks(judgement).length === 0);
  expect(refused.length).toBeLessThan(fixtures.length / 4);
});

it('none of sixty damaged files does harm', async () => {
  const readable = fixtures.filter(({ judgement }) => readTracks(judgement).length > 0);
  const tasks: FileToRead[] = [];
  for (let id = 0; id < DAMAGED; id++) {
    const { path, judgement } = readable[id % readable.length];
    const damaged = join(folder, `${id}-${basename(path)}`);
    await writeFile(damaged, damage(await readFile(path), new TorchGenerator(id)).bytes);
    tasks.push({ path: damaged, tracks: readTracks(judgement) });
  }
  const judgements = await judgeAll(tasks, DAMAGED_PER_PROGRAM);
  expect(tasks.map((task, index) => ({ ...task, ...judgements[index] })).filter(isHarmful)).toEqual([]);
  const read = judgements.filter((judgement) => readTracks(judgement).length > 0).length;
  expect(read).toBeGreaterThan(DAMAGED / 4);
  expect(read).toBeLessThan(DAMAGED);
}, 120_000);
