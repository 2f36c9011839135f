// Many damaged files, one after another: each is made from the seed alone, judged, and written down before the next.
import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TorchGenerator } from '../../src/util/random.ts';
import { damage, type DamageKind } from './damage.ts';
import { judgeDecoding, judgeJob, type Judgement, type TrackName } from './judgement.ts';
import { makeSeeds } from './seed-files.ts';

/** What is damaged, and how often. */
export interface CampaignOptions {
  folder: string;
  count: number;
  seed: number;
  /** Files at a time. */
  jobs: number;
  /** Every so many files the whole job is done as well; 0: never. */
  jobEvery: number;
}

/** A line of `results.jsonl`. */
export interface FileResult {
  id: number;
  source: string;
  kind: DamageKind;
  what: string;
  decoding: Judgement;
  job?: Judgement & { role: TrackName };
}

/** An intact file, and the tracks that can be read of it. */
interface Source {
  name: string;
  tracks: TrackName[];
}

/** What a campaign was begun with. */
interface CampaignFile {
  seed: number;
  sources: Source[];
}

const RESULTS = 'results.jsonl';
const bothTracks: readonly TrackName[] = ['video', 'audio'];

/** A folder of damaged files and what became of them. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #sources: Source[];

  private constructor(options: CampaignOptions, sources: Source[]) {
    this.#options = options;
    this.#sources = sources;
  }

  /** Makes the intact files, unless they are there, and reads each of them. */
  static async open(options: CampaignOptions): Promise<Campaign> {
    const { folder } = options;
    await mkdir(join(folder, 'failing'), { recursive: true });
    await makeSeeds(join(folder, 'seeds'));
    const path = join(folder, 'campaign.json');
    if (!existsSync(path)) {
      const sources = await readSources(join(folder, 'seeds'));
      await writeFile(path, JSON.stringify({ seed: options.seed, sources } satisfies CampaignFile, undefined, 1));
    }
    const { seed, sources } = JSON.parse(await readFile(path, 'utf8')) as CampaignFile;
    if (seed !== options.seed) throw new Error(`The files in ${folder} were made with --seed ${seed}.`);
    return new Campaign(options, sources);
  }

  /** Judges the files that have no result yet. `onResult` is told of each. */
  async run(onResult: (result: FileResult) => void): Promise<void> {
    const { folder, count, jobs } = this.#options;
    const done = new Set((await readResults(folder)).map(({ id }) => id));
    const ids = Array.from({ length: count }, (_, id) => id).filter((id) => !done.has(id));
    const work = async (): Promise<void> => {
      for (let id = ids.shift(); id !== undefined; id = ids.shift()) {
        const result = await this.judge(id, { again: true });
        await appendFile(join(folder, RESULTS), `${JSON.stringify(result)}\n`);
        onResult(result);
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
  }

  /** Damages and judges one file. Where it does harm it is kept, and judged once more if `again` is set. */
  async judge(id: number, { again }: { again: boolean }): Promise<FileResult> {
    const { folder, seed, jobEvery } = this.#options;
    const source = this.#sources[id % this.#sources.length];
    const intact = await readFile(join(folder, 'seeds', source.name));
    const { bytes, kind, what } = damage(intact, new TorchGenerator(seed * 1_000_003 + id));
    const path = join(folder, `${String(id).padStart(5, '0')}-${source.name}`);
    await writeFile(path, bytes);
    try {
      let decoding = await judgeDecoding(path, source.tracks);
      // A machine that is busy with other things makes a file look slow.
      const isSlow = decoding.harm.length > 0 && decoding.harm.every((harm) => harm === 'hang' || harm === 'blocked');
      if (again && isSlow) decoding = await judgeDecoding(path, source.tracks);
      const role = source.tracks[Math.floor(id / this.#sources.length) % source.tracks.length];
      const job = jobEvery > 0 && id % jobEvery === 0 ? { ...(await this.#judgeJob(path, id, role)), role } : undefined;
      if (decoding.harm.length > 0 || (job && job.harm.length > 0)) {
        await copyFile(path, join(folder, 'failing', `${String(id).padStart(5, '0')}-${source.name}`));
      }
      return { id, source: source.name, kind, what, decoding, job };
    } finally {
      await rm(path, { force: true });
    }
  }

  #judgeJob(path: string, id: number, role: TrackName): Promise<Judgement> {
    const { folder } = this.#options;
    const intact = { video: join(folder, 'seeds/animation.mov'), audio: join(folder, 'seeds/pcm-16.wav') };
    return judgeJob({ ...intact, [role]: path, folder: join(folder, `job-${id}`) });
  }
}

async function readSources(folder: string): Promise<Source[]> {
  const sources: Source[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const { outcomes, harm } = await judgeDecoding(join(folder, name), bothTracks);
    if (harm.some((word) => word !== 'blocked'))
      throw new Error(`${name} does harm before it is damaged: ${harm.join()}.`);
    const tracks = bothTracks.filter((track) => outcomes[track] === 'ok');
    sources.push({ name, tracks: tracks.length > 0 ? tracks : [...bothTracks] });
  }
  return sources;
}

/** Returns what is written down in a folder, in order of the files. */
export async function readResults(folder: string): Promise<FileResult[]> {
  const path = join(folder, RESULTS);
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as FileResult).sort((a, b) => a.id - b.id);
}
