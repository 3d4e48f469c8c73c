import { describe, expect, test } from 'vitest';
import { CONTEXTS, KDF_LABELS } from './contexts.ts';

const all = [...Object.values(CONTEXTS), ...KDF_LABELS.map((label) => `lf/v1/${label}\u0000`)];

describe('contexts', () => {
  test('[X1] every use has its own ASCII context, and none is the beginning of another', () => {
    for (const context of all) {
      expect(context).toMatch(/^lf\/v1\/[a-z0-9-]+\0?$/);
      expect(all.filter((other) => other.startsWith(context))).toEqual([context]);
    }
  });
});
