import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { QUARREL_STORIES } from './quarrel-stories.fixture.ts';
import { activeIn, type QuarrelStory } from './removal-stories.fixture.ts';
import { RULES, type QuarrelRules } from './quarrel.ts';
import { Story } from './story.fixture.ts';

const SEEDS = 60;

function outcome(
  told: QuarrelStory,
  seed: number,
  rules: QuarrelRules,
): { active: string; deeds: Record<string, string> } {
  const story = new Story(seed);
  const { people, deeds } = told.tell(story);
  const state = story.resolve(rules);
  const fates = Object.entries(deeds).map(([deed, id]) => [deed, state.voids.get(id)?.reason ?? 'stands'] as const);
  return { active: activeIn(state, people), deeds: Object.fromEntries(fates) };
}

describe('[M4] quarrels end the same way whatever the ids', () => {
  test.each(QUARREL_STORIES)('$title', (told) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      expect(outcome(told, seed, RULES), `seed ${String(seed)}`).toEqual({ active: told.active, deeds: told.deeds });
    }
  });
});

describe('[M7] weakened rules are caught', () => {
  const byHash: QuarrelRules = { ...RULES, compare: (a, b) => (a.id < b.id ? -1 : 1) };
  const withoutP: QuarrelRules = { ...RULES, seniorPrevails: false };

  function failing(rules: QuarrelRules): readonly string[] {
    return QUARREL_STORIES.filter((told) => {
      const seeds = Array.from({ length: SEEDS }, (_, i) => i + 1);
      return seeds.some((seed) => {
        const { active, deeds } = outcome(told, seed, rules);
        return active !== told.active || Object.entries(told.deeds).some(([deed, fate]) => deeds[deed] !== fate);
      });
    }).map((told) => told.title);
  }

  test('with seniority by hash, removed members win quarrels they must lose', () => {
    const titles = failing(byHash);
    expect(titles.length).toBeGreaterThan(5);
    expect(titles.some((title) => title.includes('backdates'))).toBe(true);
  });

  test('without rule P, a removal by a junior undoes the removal by another', () => {
    expect(failing(withoutP)).toContain('Bob removes both Alice and Carol, who both remove Bob: both removals stand');
  });

  test('with the protocol’s rules nothing is caught', () => {
    expect(failing(RULES)).toEqual([]);
  });
});

/** A row of the table in the spec: all but the reason is what the test above holds true. */
function rowOf({ title, why, active, deeds }: QuarrelStory): string {
  const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const fates = Object.entries(deeds).map(([deed, fate]) => `${words(deed)}: ${fate}`);
  return `| ${title} | ${active} | ${fates.join(', ')} | ${why} |`;
}

test('[M4] the table of scenarios in the spec is what these stories say', () => {
  const spec = readFileSync('docs/spec/membership.md', 'utf8');
  const rows = QUARREL_STORIES.map(rowOf);
  const [head = '', , rest = ''] = spec.split(/<!-- scenarios (?:begin|end) -->\n/);
  const table = `| what happens, nobody knowing of the other | who is in then | what becomes of each deed | why |\n|---|---|---|---|\n`;
  const expected = `${head}<!-- scenarios begin -->\n${table}${rows.join('\n')}\n<!-- scenarios end -->\n${rest}`;
  if (process.env['WRITE_SPEC'] === '1') writeFileSync('docs/spec/membership.md', expected);
  expect(readFileSync('docs/spec/membership.md', 'utf8')).toBe(expected);
});
