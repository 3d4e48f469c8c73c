import { expect, test } from '../support/journey.ts';

test('Alice’s train enters a tunnel: nothing passes and nobody is told; she reads "Offline" soon, and is back soon after it', async ({
  meet,
}) => {
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.expectSynced();

  alice.enterTunnel();
  await expect(alice.syncLine('Offline')).toBeVisible({ timeout: 20_000 });
  await alice.write(' It rains.');
  await alice.expectSaved();
  await alice.expectOffline();
  alice.leaveTunnel();
  await alice.expectSynced();
  await alice.expectCalm();
});
