import { expect, it } from 'vitest';
import { action, joinWording, option, wordForPrograms, wording } from './wording.ts';

it('a template keeps references apart from text, and text that is put in is made printable', () => {
  const text = wording`${'a\u202e.mp4'} has ${3} faces: set ${option('face', 'left')}.`;
  expect(text).toEqual(['a\\u202e.mp4 has 3 faces: set ', { option: 'face', value: 'left' }, '.']);
});

it('a wording within another one is put in as it is', () => {
  const choice = wording`${option('model', '1.5')} or
${option('model', 'tiny')}`;
  expect(wording`Use ${choice}.`).toEqual(joinWording('Use ', choice, '.'));
  expect(wordForPrograms(wording`Use ${choice}.`)).toBe(`Use options.model: '1.5' or\noptions.model: 'tiny'.`);
});

it('reads as code for programs', () => {
  expect(wordForPrograms([option('steps')])).toBe('options.steps');
  expect(wordForPrograms([option('steps', 20)])).toBe('options.steps: 20');
  expect(wordForPrograms([option('reference', true)])).toBe('options.reference: true');
  expect(wordForPrograms([option('output', "it's\n.mp4")])).toBe(`options.output: 'it\\'s\\n.mp4'`);
  expect(wordForPrograms([action('pullModel', { model: '1.6' })])).toBe(`pullModel('1.6')`);
  expect(wordForPrograms([action('describeCheckpoint')])).toBe('describeCheckpoint()');
  expect(wordForPrograms([action('generateClips', { output: 'clips', heldOut: true })])).toBe(
    `generateClips({ output: 'clips', heldOut: true })`,
  );
});
