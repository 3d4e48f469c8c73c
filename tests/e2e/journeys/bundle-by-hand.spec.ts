import { saveBundle, takeBundle } from '../support/carrying.ts';
import { expect, test } from '../support/journey.ts';

test('Alice and Bob carry files by hand after the relay is gone: both ways, twice, and once damaged', async ({
  meetWithoutPeers,
  relay,
}) => {
  const alice = await meetWithoutPeers('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('Before.');
  await alice.expectSaved();
  const space = alice.spacePath();
  await alice.writeWordsDown();
  const link = await alice.invite(space);
  const bob = await meetWithoutPeers('Bob');
  await bob.join(link);
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('Before.');
  await alice.openPage('Minutes');
  await alice.expectSynced();
  await bob.expectSynced();
  await alice.expectAppKept();
  await bob.expectAppKept();

  await relay.kill();
  await alice.goOffline();
  await bob.goOffline();
  await alice.write(' Alice, offline.');
  await alice.newChannel('Site');
  await alice.say('Carried by a courier');
  await alice.expectSaved();

  const fromAlice = await saveBundle(alice);
  expect(fromAlice.name).toBe('My space.archipel');
  expect(fromAlice.bytes.toString('latin1')).not.toContain('courier');

  // What is no bundle, or not a whole one, is refused in words, and changes nothing.
  const half = { name: 'half.archipel', bytes: fromAlice.bytes.subarray(0, fromAlice.bytes.length >> 1) };
  expect(await takeBundle(bob, half)).toBe('This data is incomplete. Ask for it again; it changed nothing.');
  const photo = { name: 'holiday.jpg', bytes: Buffer.from('not a bundle at all, but long enough to be one') };
  expect(await takeBundle(bob, photo)).toBe('This file is not an Archipel sync file.');
  // Of a damaged one, what is damaged does not come in, and that is said.
  const damaged = { name: 'damaged.archipel', bytes: Buffer.from(fromAlice.bytes) };
  damaged.bytes.fill(0, damaged.bytes.length - 100, damaged.bytes.length - 60);
  expect(await takeBundle(bob, damaged)).toMatch(/ [1-9]\d* refused\. Part of this file could not be used: ask for it/);
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('Before.');

  expect(await takeBundle(bob, fromAlice)).toMatch(/^[1-9]\d* entries taken in, \d+ known already, 0 refused\.$/);
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('Alice, offline.');
  await bob.openChannel('Site');
  await expect(bob.message('Carried by a courier')).toBeVisible();
  expect(await takeBundle(bob, fromAlice)).toMatch(/^0 entries taken in, [1-9]\d* known already, 0 refused\.$/);

  // And the other way, into the same page.
  await bob.openPage('Minutes');
  await bob.write(' Bob answers.');
  await bob.expectSaved();
  const fromBob = await saveBundle(bob);
  expect(await takeBundle(alice, fromBob)).toMatch(/^[1-9]\d* entries taken in, \d+ known already, 0 refused\.$/);
  await alice.openPage('Minutes');
  await expect(alice.text).toHaveText('Before. Alice, offline. Bob answers.');
});
