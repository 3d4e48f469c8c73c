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
