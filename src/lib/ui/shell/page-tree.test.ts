import { describe, expect, test } from 'vitest';
import type { IndexItem } from '../../documents/views.ts';
import type { DocumentId } from '../../foundation/ids.ts';
import { ancestorsOf, placeAfterStep, possibleParents, visibleRows } from './page-tree.ts';

const page = (document: string, parent: string | null, depth: number): IndexItem => ({
  document: document as DocumentId,
  kind: 'page',
  title: document,
  parent: parent as DocumentId | null,
  depth,
  trashedAt: undefined,
  conflicts: [],
});

// plan ─ readings ─ march
//      └ annex
// minutes
const pages = [
  page('plan', null, 0),
  page('readings', 'plan', 1),
  page('march', 'readings', 2),
  page('annex', 'plan', 1),
  page('minutes', null, 0),
];
const id = (document: string): DocumentId => document as DocumentId;
const shown = (collapsed: string[]): string[] =>
  visibleRows(pages, new Set(collapsed.map(id))).map((row) => row.item.document);

describe('what the tree shows', () => {
  test('everything, until a page is folded', () => {
    expect(shown([])).toEqual(['plan', 'readings', 'march', 'annex', 'minutes']);
    expect(shown(['readings'])).toEqual(['plan', 'readings', 'annex', 'minutes']);
    expect(shown(['plan'])).toEqual(['plan', 'minutes']);
  });

  test('a fold inside a fold stays when the outer one opens', () => {
    expect(shown(['plan', 'readings'])).toEqual(['plan', 'minutes']);
  });

  test('only pages with pages under them can fold', () => {
    expect(visibleRows(pages, new Set()).map((row) => row.hasChildren)).toEqual([true, true, false, false, false]);
  });
});

describe('one step', () => {
  test.each([
    ['annex', 'up', { parent: 'plan', after: null }],
    ['readings', 'down', { parent: 'plan', after: 'annex' }],
    ['annex', 'in', { parent: 'readings', after: 'march' }],
    ['march', 'out', { parent: 'plan', after: 'readings' }],
    ['readings', 'up', undefined],
    ['annex', 'down', undefined],
    ['plan', 'in', undefined],
    ['minutes', 'out', undefined],
  ] as const)('%s %s', (document, step, place) => {
    expect(placeAfterStep(pages, id(document), step)).toEqual(place);
  });
});

test('a page may move anywhere but under itself', () => {
  expect(possibleParents(pages, id('readings')).map((each) => each.document)).toEqual(['plan', 'annex', 'minutes']);
});

test('the trail leads from the top to the parent', () => {
  expect(ancestorsOf(pages, id('march')).map((each) => each.document)).toEqual(['plan', 'readings']);
  expect(ancestorsOf(pages, id('minutes'))).toEqual([]);
});
