import { expect, test } from '../support/journey.ts';
import {
  answerRequest,
  askTrustees,
  chooseTrustees,
  FILE_PASSPHRASE,
  keepCard,
  saveBackup,
} from '../support/ways-back.ts';

test('[C2] Alice loses her computer; with no network her backup file gives all back to read, and with one to write', async ({
  meet,
}) => {
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.newBoard('Repairs');
  await alice.addTask('Sweep the spillway');
  await alice.expectSynced();
  const file = await saveBackup(alice);
  await alice.page.close();

  const again = await meet('Alice, in a blank browser');
  await again.expectAppKept();
  await again.goOffline();
  await again.page.getByRole('link', { name: 'I already have spaces' }).click();
  await again.page.getByRole('radio', { name: 'Backup file' }).check();
  await again.page.locator('input[type="file"]').setInputFiles(file);
  const passphrase = again.page.getByLabel('Passphrase of the file');
  const restore = again.page.getByRole('button', { name: 'Get my spaces back' });
  await passphrase.fill('spillway gravel heron lantern');
  await restore.click();
  await expect(again.page.getByRole('alert')).toHaveText('That is not the passphrase. Check capitals and keyboard.');
  await passphrase.fill(FILE_PASSPHRASE);
  await restore.click();
  await expect(again.page.getByText('Read only for now')).toBeVisible({ timeout: 30_000 });
  await again.openPage('Minutes');
  await expect(again.text).toHaveText('The dam is dry.');
  await again.openBoard('Repairs');
  await expect(again.task('Sweep the spillway')).toBeVisible();

  await again.goOnline();
  await expect(again.page.getByText('Read only for now')).toBeHidden({ timeout: 60_000 });
  await again.openPage('Minutes');
  await again.write(' It rains.');
  await again.expectSaved();
  await again.expectSynced();
});

test('Alice lost everything, and two of her three trustees give it back with no network', async ({ meet }) => {
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.expectSaved();
  const cards = await chooseTrustees(alice, ['Bob', 'Carol', 'Dan']);
  const file = await saveBackup(alice);
  await alice.page.close();

  const [bob, carol] = [await meet('Bob'), await meet('Carol')];
  for (const trustee of [bob, carol]) {
    await trustee.begin();
    await keepCard(trustee, cards.get(trustee.name) ?? '');
    await trustee.goOffline();
  }
  const again = await meet('Alice, in a blank browser');
  await again.expectAppKept();
  await again.goOffline();
  const request = await askTrustees(again);
  // A slip of the tongue, or someone else's request: nothing is given.
  await answerRequest(bob, again, { request, mishears: true });
  const answer = again.page.getByLabel('Code of the answer');
  const add = again.page.getByRole('button', { name: 'Add this answer' });
  await answer.fill(await answerRequest(bob, again, { request }));
  await add.click();
  await expect(again.page.getByText('Answered: Bob. Still needed: 1.')).toBeVisible();
  await answer.fill(await answerRequest(carol, again, { request }));
  await add.click();
  await again.page.getByRole('button', { name: 'Get my spaces back' }).click();

  // The identity is back; her file, which her words open, brings the spaces.
  await expect(again.page.getByRole('heading', { name: 'Looking for your spaces' })).toBeVisible();
  await expect(again.page.getByText('is not reached')).toBeVisible();
  await again.page.locator('input[type="file"]').setInputFiles(file);
  await again.openPage('Minutes');
  await expect(again.text).toHaveText('The dam is dry.');
});

test('[V1] Alice opens her locked browser with a passkey, and no longer once it was removed', async ({ meet }) => {
  const alice = await meet('Alice');
  const cdp = await alice.context.newCDPSession(alice.page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      hasPrf: true,
    },
  });
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.expectSaved();
  const place = new URL(alice.page.url()).pathname;
  const passphrase = 'spillway gravel heron lantern';
  await alice.choosePassphrase(passphrase);

  await alice.page.getByRole('link', { name: 'Ways back in' }).click();
  const passkeys = alice.page.getByRole('region', { name: 'Passkeys' });
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
  await passkeys.getByLabel('Name of the passkey').fill('Fingerprint');
  await passkeys.getByLabel('Passphrase').fill('not this one');
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(passkeys.getByRole('alert')).toHaveText('That is not the passphrase. Check capitals and keyboard.');
  await passkeys.getByLabel('Passphrase').fill(passphrase);
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(passkeys.getByText('Fingerprint', { exact: true })).toBeVisible();

  const locked = alice.page.getByRole('heading', { name: 'Archipel is locked' });
  await alice.open(place);
  await expect(locked).toBeVisible();
  await alice.page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await expect(alice.text).toHaveText('The dam is dry.');

  await alice.open('/settings/ways-back');
  await alice.page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await passkeys.getByRole('button', { name: 'Remove passkey “Fingerprint”' }).click();
  await expect(passkeys.getByText('Fingerprint', { exact: true })).toHaveCount(0);
  await alice.page.reload();
  await expect(locked).toBeVisible();
  await expect(alice.page.getByRole('button', { name: 'Unlock with a passkey' })).toHaveCount(0);
  await alice.unlock(passphrase);
  await expect(passkeys).toBeVisible();
});
