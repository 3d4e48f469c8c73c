import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryKeyVault, MemoryProfile } from '../../adapters/storage/key-vault-memory.ts';
import { MemoryLocalStore } from '../../adapters/storage/local-store-memory.ts';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { FLOOR_PASSPHRASE_PARAMETERS } from '../../crypto/passphrase.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import { bytesToHex, decodeUtf8, utf8 } from '../../foundation/bytes.ts';
import { unwrap } from '../../foundation/result.ts';
import { MAX_PERSONAL_COUNTER, MAX_PERSONAL_VALUE_BYTES, type PersonalRecord } from '../../protocol/personal-record.ts';
import { LocalRecords } from '../local-records.ts';
import { Vault } from '../vault.ts';
import { newSecrets } from '../vault-secrets.ts';
import { PersonalRecords, type PersonalChange } from './personal-records.ts';

const random = new SystemRandom();

class Phone {
  readonly profile = new MemoryProfile();
  readonly rows = new Map<string, Uint8Array>();

  async start(): Promise<{ readonly records: PersonalRecords; readonly vault: Vault }> {
    const vault = new Vault({
      keyVault: new MemoryKeyVault(this.profile),
      random,
      cost: () => FLOOR_PASSPHRASE_PARAMETERS,
    });
    if (this.profile.record === undefined)
      unwrap(await vault.create(newSecrets(random.bytes(16), 'fr'), { kind: 'device' }));
    else unwrap(await vault.unlock({ kind: 'device' }));
    const records = new PersonalRecords(new LocalRecords(new MemoryLocalStore(this.rows), vault, random), random);
    await records.load();
    return { records, vault };
  }
}

async function newPhone(): Promise<PersonalRecords> {
  return (await new Phone().start()).records;
}

function textOf(records: PersonalRecords, table: string, key: string): string | undefined {
  const value = records.find(table, key);
  return value === undefined ? undefined : decodeUtf8(value);
}

describe('personal records', () => {
  beforeAll(readyCrypto);

  it('[I5] Alice reads after a restart what she wrote before it, deletions included, and nothing while locked', async () => {
    const phone = new Phone();
    const { records, vault } = await phone.start();
    unwrap(await records.put('contacts', 'bob', utf8('Bob, verified')));
    unwrap(await records.put('contacts', 'carol', utf8('Carol')));
    unwrap(await records.delete('contacts', 'carol'));
    records.forget();
    vault.lock();
    expect(records.find('contacts', 'bob')).toBeUndefined();
    expect(await records.put('contacts', 'bob', utf8('?'))).toMatchObject({ ok: false, error: { code: 'locked' } });

    const again = (await phone.start()).records;
    expect(textOf(again, 'contacts', 'bob')).toBe('Bob, verified');
    expect([...again.all('contacts').keys()]).toEqual(['bob']);
    expect(again.writer).toBe(records.writer);
  });

  it('[V3] at rest there is neither table, key nor value to read', async () => {
    const phone = new Phone();
    const { records } = await phone.start();
    unwrap(await records.put('canary-table', 'canary-key', utf8('canary-value')));
    const dump = [...phone.rows].map(([name, value]) => name + bytesToHex(value)).join();
    for (const canary of ['canary-table', 'canary-key', 'canary-value']) {
      expect(dump).not.toContain(canary);
      expect(dump).not.toContain(bytesToHex(utf8(canary)));
    }
  });

  it('[C5] the last word wins whatever the clocks say, and a word said without having seen another yields by its writer', async () => {
    const [phone, laptop] = [await newPhone(), await newPhone()];
    unwrap(await phone.put('settings', 'theme', utf8('dark')));
    await laptop.merge(phone.words());
    unwrap(await laptop.put('settings', 'theme', utf8('light')));
    await phone.merge(laptop.words());
    expect(textOf(phone, 'settings', 'theme')).toBe('light');

    unwrap(await phone.put('settings', 'theme', utf8('by phone')));
    unwrap(await laptop.put('settings', 'theme', utf8('by laptop')));
    const [fromPhone, fromLaptop] = [phone.words(), laptop.words()];
    await phone.merge(fromLaptop);
    await laptop.merge(fromPhone);
    expect(textOf(phone, 'settings', 'theme')).toBe(phone.writer > laptop.writer ? 'by phone' : 'by laptop');
    expect(textOf(laptop, 'settings', 'theme')).toBe(textOf(phone, 'settings', 'theme'));
  });

  it('[C5] any words, merged in any order, any number of times and in any pieces, make the same state everywhere', async () => {
    const word: fc.Arbitrary<PersonalRecord> = fc.record({
      table: fc.constantFrom('contacts', 'read'),
      key: fc.constantFrom('a', 'b', 'c'),
      counter: fc.nat({ max: 4 }),
      writer: fc.constantFrom(new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)),
      value: fc.option(fc.uint8Array({ maxLength: 2 }), { nil: undefined }),
    });
    const story = fc.array(word, { maxLength: 12 }).chain((words) =>
      fc.record({
        words: fc.constant(words),
        shuffled: fc.shuffledSubarray(words, { minLength: words.length, maxLength: words.length }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(story, async ({ words, shuffled }) => {
        const [one, other] = [await newPhone(), await newPhone()];
        await one.merge(words);
        for (const piece of shuffled) await other.merge([piece]);
        await other.merge(words.slice(0, 3));
        expect(stateOf(other)).toEqual(stateOf(one));
      }),
      { numRuns: 150 },
    );
  });

  it('tells who changed what once it is durable, and old news not at all', async () => {
    const [phone, laptop] = [await newPhone(), await newPhone()];
    const heard: PersonalChange[] = [];
    const end = laptop.onChange((change) => heard.push(change));
    unwrap(await phone.put('read', 'general', utf8('12')));
    await laptop.merge(phone.words());
    await laptop.merge(phone.words());
    unwrap(await laptop.put('read', 'general', utf8('12')));
    unwrap(await laptop.put('read', 'general', utf8('14')));
    end();
    unwrap(await laptop.put('read', 'general', utf8('15')));
    expect(heard).toEqual([
      { table: 'read', keys: ['general'], origin: 'foreign' },
      { table: 'read', keys: ['general'], origin: 'own' },
    ]);
  });

  it('refuses what has no bounds, and keeps what stood', async () => {
    const phone = await newPhone();
    unwrap(await phone.put('drafts', 'key', utf8('before')));
    const tooLarge = await phone.put('drafts', 'key', new Uint8Array(MAX_PERSONAL_VALUE_BYTES + 1));
    expect(tooLarge).toMatchObject({ ok: false, error: { code: 'oversized' } });
    for (const [table, key] of [
      ['Drafts', 'key'],
      ['drafts', ''],
      ['drafts', 'k'.repeat(201)],
      ['d'.repeat(33), 'key'],
    ])
      expect(await phone.put(table ?? '', key ?? '', utf8('x'))).toMatchObject({
        ok: false,
        error: { code: 'malformed' },
      });
    expect(textOf(phone, 'drafts', 'key')).toBe('before');
    const last = {
      table: 'drafts',
      key: 'other',
      counter: MAX_PERSONAL_COUNTER,
      writer: new Uint8Array(16),
      value: utf8('z'),
    };
    await phone.merge([last]);
    expect(await phone.put('drafts', 'key', utf8('after'))).toMatchObject({
      ok: false,
      error: { code: 'quota-exceeded' },
    });
  });
});

function stateOf(records: PersonalRecords): unknown {
  return records
    .words()
    .map(({ table, key, counter, writer, value }) => [
      table,
      key,
      counter,
      bytesToHex(writer),
      value && bytesToHex(value),
    ])
    .sort((a, b) => (String(a) < String(b) ? -1 : 1));
}
