/** What every KeyVault must do; each adapter runs it. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '../foundation/bytes.ts';
import type { KeyVault } from './key-vault.ts';

export function describeKeyVault(name: string, make: () => { readonly open: () => KeyVault }): void {
  describe(name, () => {
    it('a new profile is blank, and says so until something was saved', async () => {
      const { open } = make();
      expect((await open().load()).kind).toBe('blank');
    });

    it('a record is found again by the next start, and a later one replaces it', async () => {
      const { open } = make();
      await open().save(utf8('first'));
      await open().save(utf8('second'));
      expect(await open().load()).toEqual({ kind: 'present', bytes: utf8('second') });
    });

    it('after erase the profile is blank, not wiped', async () => {
      const { open } = make();
      const vault = open();
      await vault.save(utf8('record'));
      await vault.erase();
      expect((await open().load()).kind).toBe('blank');
    });

    it('the pepper is the same after a restart and differs by message', async () => {
      const { open } = make();
      const before = await open().pepper(utf8('salt'));
      expect(before).toHaveLength(32);
      expect(await open().pepper(utf8('salt'))).toEqual(before);
      expect(await open().pepper(utf8('other'))).not.toEqual(before);
    });

    it('[V1] what was wrapped opens only with the same additional data and unchanged', async () => {
      const { open } = make();
      const wrapped = await open().wrap(utf8('key'), utf8('slot'));
      expect(await open().unwrap(wrapped, utf8('slot'))).toEqual({ ok: true, value: utf8('key') });
      expect(await open().unwrap(wrapped, utf8('tols'))).toMatchObject({ ok: false, error: { code: 'bad-seal' } });
      wrapped[wrapped.length - 1] = (wrapped[wrapped.length - 1] ?? 0) ^ 1;
      expect((await open().unwrap(wrapped, utf8('slot'))).ok).toBe(false);
      expect((await open().unwrap(new Uint8Array(3), utf8('slot'))).ok).toBe(false);
    });

    it('[V1] two profiles share neither pepper nor wrapping key', async () => {
      const alice = make().open();
      const bob = make().open();
      expect(await alice.pepper(utf8('salt'))).not.toEqual(await bob.pepper(utf8('salt')));
      expect((await bob.unwrap(await alice.wrap(utf8('key'), utf8('slot')), utf8('slot'))).ok).toBe(false);
    });
  });
}
