// What a job makes of a judgment: passed or not, and when there must be a judge.
import { describe, expect, it } from 'vitest';
import { checkedSync, checkJudge, type Judge, type LipSync } from './judge.ts';

const found: LipSync = { agreement: 0.4, soundLateMs: -40, isReliable: true, reasons: [] };
const judge: Judge = {
  measure: 'correlation',
  mostAgreement: 1,
  judge: () => Promise.resolve(found),
  openRater: () => Promise.reject(new Error('Nothing is drawn here.')),
};

describe('checkedSync', () => {
  it.each([
    ['as well as asked for, and together', found, true],
    ['less than asked for', { ...found, agreement: 0.29 }, false],
    ['well, but 80 ms apart', { ...found, soundLateMs: 80 }, false],
    ['at no lag', { ...found, soundLateMs: undefined }, false],
    ['as cannot be told', { ...found, agreement: undefined, soundLateMs: undefined }, false],
  ])('lips that follow the sound %s', (_, judged, passed) => {
    expect(checkedSync(judged, 0.3, judge)).toMatchObject({ passed, minimum: 0.3, measure: 'correlation' });
  });
});

describe('checkJudge', () => {
  it('wants a judge for what only a judge can do', () => {
    expect(() => {
      checkJudge({ check: 0.3 });
    }).toThrow('options.check must be left out without options.judge (got 0.3).');
    expect(() => {
      checkJudge({ autoOffset: true });
    }).toThrow('options.autoOffset must be left out');
    expect(() => {
      checkJudge({ bestOf: 2 });
    }).toThrow('options.bestOf must be left out');
    expect(() => {
      checkJudge({ autoOffset: false, bestOf: 1 });
    }).not.toThrow();
  });

  it('refuses more than the judge can ever say', () => {
    expect(() => {
      checkJudge({ judge, check: 1 });
    }).not.toThrow();
    expect(() => {
      checkJudge({ judge, check: 3 });
    }).toThrow('options.check must be at most 1, as a correlation is');
    expect(() => {
      checkJudge({ judge: { ...judge, mostAgreement: Infinity }, check: 3 });
    }).not.toThrow();
  });
});
