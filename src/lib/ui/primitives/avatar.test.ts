import { expect, test } from 'vitest';
import { initialsOf, tintOf } from './avatar.ts';

test('two letters stand for a person', () => {
  expect(['Alice', 'Bob Lemaire', 'inès de la Croix', '', '  ', '李 雷'].map(initialsOf)).toEqual([
    'A',
    'BL',
    'IC',
    '?',
    '?',
    '李雷',
  ]);
});
test('one person has one tint', () => {
  expect(tintOf('a0')).toBe(tintOf('a0'));
  expect(tintOf('ff'.repeat(16))).toBeLessThan(6);
});
