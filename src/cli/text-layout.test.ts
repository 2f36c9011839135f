import { describe, expect, it } from 'vitest';
import { loadCommand } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, generalHelp } from './help.ts';
import { type Column, definitionList, table, tableRow, wrap } from './text-layout.ts';

describe('wrap', () => {
  it('breaks lines between words', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('a verylongword b', 5)).toEqual(['a', 'verylongword', 'b']);
    expect(wrap('first\nsecond', 20)).toEqual(['first', 'second']);
  });
});

describe('definitionList', () => {
  it('puts texts beside short terms and below long ones', () => {
    const long = '--a-very-long-option-name VALUE';
    expect(
      definitionList(
        [
          ['-a', 'first'],
          [long, 'second'],
        ],
        80,
      ),
    ).toBe(`  -a${' '.repeat(26)}first\n  ${long}\n${' '.repeat(30)}second`);
  });
});

describe('table', () => {
  it('aligns columns', () => {
    const rows = [
      ['name', 'size'],
      ['a', '10'],
      ['longer', '5'],
    ];
    expect(table(rows, { right: [1] })).toBe('name    size\na         10\nlonger     5');
  });

  it('has rows of fixed widths that longer cells overrun', () => {
    const columns: readonly Column[] = [{ width: 4 }, { width: 6, align: 'right' }, { width: 0 }];
    expect(tableRow(['a', '10', 'ok'], columns)).toBe('a         10  ok');
    expect(tableRow(['longer', '10', ''], columns)).toBe('longer      10');
  });
});

describe('help', () => {
  it.each([40, 60, 100])('fits into %d columns, but for what cannot be broken', async (width) => {
    const loaded = await Promise.all(commands.map(loadCommand));
    const texts = [true, false].flatMap((all) => [
      generalHelp(commands, width, { all }),
      ...loaded.map((command) => commandHelp(command, width, { all })),
    ]);
    // Usage and examples are command lines, which must not be broken; nor can single words be.
    const lines = texts.flatMap((text) => text.split('\n')).filter((line) => !/^ *(HF_|latentsync )/.test(line));
    expect(lines.filter((line) => line.length > width && line.trim().includes(' '))).toEqual([]);
  });
});
