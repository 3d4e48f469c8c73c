/** What every LocalStore must do; each adapter runs it. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '../foundation/bytes.ts';
import type { LocalStore } from './local-store.ts';

export function describeLocalStore(name: string, make: () => { readonly open: () => LocalStore }): void {
  describe(name, () => {
    it('a row is found again after a restart, a later one replaces it', async () => {
      const { open } = make();
      await open().put('drafts', 'aa', utf8('one'));
      await open().put('drafts', 'aa', utf8('two'));
      expect(await open().find('drafts', 'aa')).toEqual(utf8('two'));
    });

    it('tables are apart, and what is not there is undefined', async () => {
      const { open } = make();
      const store = open();
      await store.put('drafts', 'aa', utf8('one'));
      expect(await store.find('views', 'aa')).toBeUndefined();
      await store.delete('views', 'aa');
      expect(await store.find('drafts', 'aa')).toEqual(utf8('one'));
      await store.delete('drafts', 'aa');
      expect(await store.find('drafts', 'aa')).toBeUndefined();
    });

    it('erase leaves nothing', async () => {
      const { open } = make();
      const store = open();
      await store.put('drafts', 'aa', utf8('one'));
      await store.put('views', 'bb', utf8('two'));
      await store.erase();
      expect(await store.find('drafts', 'aa')).toBeUndefined();
      expect(await store.find('views', 'bb')).toBeUndefined();
    });
  });
}
