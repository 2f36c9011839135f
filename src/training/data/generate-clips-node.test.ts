// Generating clips: the same files by any number of workers, files that are there stay, and nothing half is left behind.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateClips } from './generate-clips-node.ts';
import { openTrainingClip } from './training-clip-node.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generate-clips-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('generateClips', { timeout: 180_000 }, () => {
  it('gives aligned faces with sound and labels, the same by one worker and by two', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const result = await generateClips({ output: two, clips: 2, seconds: 1, workers: 2 });
    expect(result).toMatchObject({ clips: 2, kept: 0, dropped: 0, frames: 50, framesWithoutFace: 0 });
    const names = (await readdir(two)).sort();
    expect(names).toEqual(['synthetic-1000000-0.safetensors', 'synthetic-1000001-0.safetensors']);
    await generateClips({ output: one, clips: 1, seconds: 1, workers: 1 });
    expect(Buffer.compare(await readFile(join(one, names[0])), await readFile(join(two, names[0])))).toBe(0);

    await using clip = await openTrainingClip(join(two, names[1]));
    expect(clip).toMatchObject({ frameCount: 25, resolution: 128, frameRate: 25, sampleCount: 16_000 });
    const labels = await clip.readLabels();
    expect(labels?.opening.length).toBe(25);
    expect(labels?.phonemes.length).toBe(50);
    expect(labels?.mouth.length).toBe(500);
    expect(Math.max(...labels!.opening)).toBeGreaterThan(0.3);

    const before = await stat(join(two, names[0]));
    const again = await generateClips({ output: two, clips: 2, seconds: 1, workers: 1 });
    expect(again).toMatchObject({ clips: 2, kept: 2, frames: 0 });
    expect((await stat(join(two, names[0]))).mtimeMs).toBe(before.mtimeMs);

    // Clips of another length have the same names.
    await expect(generateClips({ output: two, clips: 2, seconds: 2 })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining(`its "seconds" is "1", not "2"`) as string,
    });
    expect((await readdir(two)).sort()).toEqual(names);
  });

  it('films them, unless they shall stay clean', async () => {
    const [filmed, clean] = [join(folder, 'two'), join(folder, 'clean')];
    await generateClips({ output: clean, clips: 1, seconds: 1, clean: true, resolution: 64 });
    await using bare = await openTrainingClip(join(clean, 'synthetic-1000000-0.safetensors'));
    expect(bare).toMatchObject({ frameCount: 25, resolution: 64, origin: { camera: 'perfect' } });
    await using shown = await openTrainingClip(join(filmed, 'synthetic-1000000-0.safetensors'));
    expect(shown.origin.camera).toContain('"codec"');
    await expect(generateClips({ output: filmed, clips: 1, seconds: 1, clean: true })).rejects.toMatchObject({
      message: expect.stringContaining('its "camera" is') as string,
    });
    await expect(generateClips({ output: clean, resolution: 100 })).rejects.toThrow('must be a multiple of 8');
  });

  it('leaves nothing behind when canceled', async () => {
    const output = join(folder, 'canceled');
    const cancellation = new AbortController();
    const generating = generateClips({ output, clips: 2, seconds: 30, workers: 1, signal: cancellation.signal });
    setTimeout(() => {
      cancellation.abort();
    }, 1500);
    await expect(generating).rejects.toMatchObject({ code: 'aborted' });
    expect(await readdir(output)).toEqual([]);
  });

  it('refuses options out of range', async () => {
    await expect(generateClips({ output: folder, clips: 0 })).rejects.toThrow(
      'options.clips must be an integer from 1',
    );
    await expect(generateClips({ output: folder, clips: 1, seconds: 0 })).rejects.toThrow('options.seconds must be');
    await expect(generateClips({ output: folder, clips: 1, seed: 1000 })).rejects.toThrow('options.seed must be');
  });
});
