// The page of judged videos, opened in Chromium: it loads nothing else, and shows verdicts, plots and strips.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../../test/support/chromium.ts';
import { createImage8 } from '../tensor/image.ts';
import type { JudgedVideo } from './judge-video-node.ts';
import type { PersonJudgment } from './judgment.ts';
import { writeJudgmentPage } from './judgment-page-node.ts';
import { worstSeconds } from './worst-moments.ts';

const SECONDS = 12;

function person(number: number, openings: Float64Array): PersonJudgment {
  const perSecond = Array.from({ length: SECONDS }, (_, second) => ({
    second,
    correlation: second === 4 ? -0.3 : 0.6,
    soundLateMs: second < 8 ? 120 : 80,
  }));
  return {
    person: number,
    verdict: 'sound-late',
    certainty: 'certain',
    reasons: ['They match best when the sound is 120 ms late.'],
    seconds: openings.length / 25,
    soundLateMs: 120,
    agreement: { lag: 3, correlation: 0.7, correlationAsIs: 0.4, chance: 0.1, frames: 300 },
    pauses: undefined,
    picture: undefined,
    perSecond,
    syncNet: undefined,
    source: undefined,
  };
}

function judged(name: string): JudgedVideo {
  const opening = Float64Array.from({ length: SECONDS * 25 }, (_, i) => (i < 20 ? NaN : 0.2 + 0.1 * Math.sin(i)));
  const loudness = opening.map((_, i) => 0.3 + 0.2 * Math.sin(i - 3));
  const people = [person(1, opening), person(2, opening)];
  const { verdict, certainty, reasons, soundLateMs } = people[0];
  const faces = Array.from({ length: 10 }, (_, i) => createImage8(96, 96, 3, new Uint8Array(96 * 96 * 3).fill(20 * i)));
  return {
    judgment: {
      video: name,
      durationSeconds: SECONDS,
      verdict,
      certainty,
      reasons,
      person: 1,
      soundLateMs,
      people,
      warnings: [],
    },
    series: { loudness, openings: [opening, opening] },
    moments: [{ second: 4, correlation: -0.3, faces, sourceFaces: faces }],
  };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-page-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('the page', () => {
  it.skipIf(chromiumPath() === undefined)('shows everything in Chromium, and loads nothing else', async () => {
    const path = join(folder, 'page.html');
    const words = { verdict: () => 'late & "sure"', figures: () => [['<name>', 'value']] as const };
    await writeJudgmentPage(path, [judged('<b>one</b>.mp4'), judged('two.mp4')], words);
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
      const [requests, faults]: [string[], string[]] = [[], []];
      page.on('request', (request) => requests.push(request.url().slice(0, 5)));
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => faults.push(message.text()));
      await page.goto(pathToFileURL(path).href);
      expect(faults).toEqual([]);
      expect(requests.filter((url) => url !== 'data:')).toEqual(['file:']);
      expect(await page.locator('h1').allTextContents()).toEqual(['<b>one</b>.mp4', 'two.mp4']);
      expect(await page.locator('.verdict').first().textContent()).toBe('late & "sure"');
      expect(await page.locator('dt').first().textContent()).toBe('<name>');
      // For each of two people of two videos: over time, by second, histogram, scatter.
      expect(await page.locator('svg').count()).toBe(16);
      expect(await page.locator('rect.bad').count()).toBe(4);
      expect(await page.locator('circle').count()).toBe(4 * (SECONDS * 25 - 20 - 3));
      const widths = await page
        .locator('img.strip')
        .evaluateAll((images) => images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth));
      expect(widths).toEqual(new Array(4).fill(10 * 96 + 11 * 8));
      // Nothing is wider than the page, and the line of the opening is drawn.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1100);
      const { data } = PNG.sync.read(await page.screenshot({ path: join(folder, 'page.png') }));
      let blue = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] < 90 && data[i + 1] < 150 && data[i + 2] > 150) blue++;
      expect(blue).toBeGreaterThan(500);
    } finally {
      await browser.close();
    }
  });

  it('refuses another name', async () => {
    const words = { verdict: () => '', figures: () => [] };
    await expect(writeJudgmentPage(join(folder, 'page.txt'), [judged('a')], words)).rejects.toMatchObject({
      code: 'output-not-writable',
    });
    await expect(readFile(join(folder, 'page.txt'))).rejects.toThrow();
  });
});

it('the worst seconds are apart', () => {
  const one = person(1, new Float64Array(SECONDS * 25));
  const perSecond = [0.5, 0.1, 0.2, 0.3, 0.6, 0.25, 0.9].map((correlation, second) => ({
    second,
    correlation,
    soundLateMs: 0,
  }));
  expect(worstSeconds({ ...one, perSecond }, 3)).toEqual([
    { second: 1, correlation: 0.1 },
    { second: 5, correlation: 0.25 },
  ]);
});
