/**
 * The invited side [I2][I4] (docs/spec/invitations.md): reads the host's note, posts a signed claim over all its public
 * keys, and believes it is in only when the genesis makes this very space and `admit` holds its very claim, by someone
 * who was allowed to write it.
 */
import { equalBytes } from '../foundation/bytes.ts';
import { idFromBytes, idToBytes, type SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import { claimCommitmentOf, inviteKeyPairOf, inviteMailboxOf, signCard, signClaim } from '../crypto/claims.ts';
import { newKemKeyPair } from '../crypto/kem.ts';
import { asKey, type InviteSeed } from '../crypto/keys.ts';
import type { Mailbox } from '../crypto/mailbox.ts';
import { identityOf, recoveryDeviceOf } from '../crypto/recovery-keys.ts';
import { recoverySeedOf } from '../crypto/recovery-words.ts';
import { newSigningKeyPair } from '../crypto/sign.ts';
import { decodeInviteLink, spaceTagOf } from '../protocol/invite-link.ts';
import { APPROVAL_VALUE_BYTES } from '../protocol/invite-letter.ts';
import { decodeClaim, encodeClaim } from '../protocol/membership-claim.ts';
import type { HostNote } from '../protocol/invite-letter.ts';
import { CLOSED_CODES } from './invitations.ts';
import { openLetter, sealLetter } from './invite-mail.ts';
import type { JoinAnswers } from './trust/join-answers.ts';
import type { MailRoom } from './mail-room.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Spaces } from './spaces.ts';
import type { Vault } from './vault.ts';
import type { SpaceSecrets } from './vault-secrets.ts';

export interface JoiningPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly mail: MailRoom;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly answers: JoinAnswers;
  /** A device without a relay takes the link's. */
  readonly useRelay: (url: string) => Promise<void>;
  readonly onReady: (replica: SpaceReplica) => void;
  /** Links have proven the keys of an earlier membership. */
  readonly onNewKeys: () => void;
}

const ANSWER_TIMEOUT_MS = 20_000;
const MEMBER_BYTES = 16;

export class Joining {
  readonly #ports: JoiningPorts;

  constructor(ports: JoiningPorts) {
    this.#ports = ports;
  }

  /** A link for a space that this device is in does nothing; one for a space it was removed from makes it a newcomer again. */
  async accept(given: string): Promise<Result<SpaceId>> {
    const text = given.trim();
    const link = decodeInviteLink(text);
    if (!link.ok) return link.error.code === 'invite-malformed' ? link : fail('invite-malformed', link.error.code);
    const known = this.#ports.spaces.all().find((replica) => spaceTagOf(replica.space) === link.value.spaceTag);
    if (known !== undefined && (known.isReady || known.secrets.standing === 'restoring')) return ok(known.space);
    if (known?.secrets.standing === 'joining' && known.secrets.link === text) {
      this.#post(known);
      return ok(known.space);
    }
    if (this.#ports.vault.secrets.relayUrl === '' && link.value.relay !== '')
      await this.#ports.useRelay(link.value.relay);
    const seed = asKey<InviteSeed>(link.value.seed);
    const mailbox = inviteMailboxOf(seed);
    const note = await this.#readNote(mailbox);
    if (!note.ok) return note;
    const { space, state } = note.value;
    if (spaceTagOf(space) !== link.value.spaceTag) return fail('invite-malformed', 'the note names another space');
    if (state !== 'open') return fail(CLOSED_CODES[state]);
    const secrets = this.#claim(note.value, seed, text);
    this.#post(await this.#ports.spaces.add(secrets));
    if (known !== undefined) this.#ports.onNewKeys();
    return ok(space);
  }

  /** Offered inside another space: the claim goes back the same way, so there is no link and no mailbox. */
  async begin(note: HostNote, seed: InviteSeed, parent: SpaceId): Promise<SpaceReplica> {
    const known = this.#ports.spaces.find(note.space);
    const begun = await this.#ports.spaces.add({ ...this.#claim(note, seed, ''), parent });
    if (known !== undefined) this.#ports.onNewKeys();
    return begun;
  }

  /** Claims of joinings that are under way: posted again at start and at relay-up, for a relay may have forgotten them. */
  repost(): void {
    for (const replica of this.#ports.spaces.all()) if (replica.secrets.standing === 'joining') this.#post(replica);
  }

  /** [I4] Called when governance of a joining space grew. */
  async verify(replica: SpaceReplica): Promise<void> {
    const { secrets, governance, state } = replica;
    if (secrets.standing !== 'joining' || governance.genesis === undefined || !state.isActiveDevice(secrets.device))
      return;
    if (secrets.parent !== undefined && governance.parent?.space !== secrets.parent) return;
    const admissions = state.member(secrets.member)?.admissions ?? [];
    const hasOwnClaim = admissions.some((id) => {
      const operation = governance.history.graph.find(id)?.entry.record.operation;
      return operation?.op === 'admit' && equalBytes(encodeClaim(operation.claim), secrets.claim);
    });
    if (!hasOwnClaim) return;
    const standing = replica.promote('member');
    await this.#ports.vault.update((all) => ({
      ...all,
      spaces: all.spaces.map((other) => (other.space === standing.space ? standing : other)),
    }));
    this.#ports.answers.end(replica);
    this.#ports.onReady(replica);
  }

  #claim(note: HostNote, seed: InviteSeed, link: string): SpaceSecrets {
    const { random, vault } = this.#ports;
    const { space, invite, role, approve, expiresAt, host } = note;
    const opening = random.bytes(APPROVAL_VALUE_BYTES);
    const recoverySeed = recoverySeedOf(vault.secrets.entropy);
    const device = newSigningKeyPair(random);
    const kem = newKemKeyPair(random);
    const memberId = idFromBytes('MemberId', random.bytes(MEMBER_BYTES));
    const claim = signClaim(
      space,
      {
        inviteId: invite,
        memberId,
        role,
        card: signCard({ space, memberId }, vault.secrets.name, identityOf(recoverySeed)),
        keys: { device: device.device, kem: kem.publicKey },
        recovery: recoveryDeviceOf(recoverySeed, idToBytes(memberId)).keys,
        commitment: claimCommitmentOf(opening),
      },
      { invite: inviteKeyPairOf(seed), device },
    );
    const keys = { device: device.device, sign: device.secret, kem: kem.secret };
    const wait = { opening, approve, expiresAt, host, asked: undefined, answer: undefined };
    return { space, member: memberId, ...keys, standing: 'joining', link, claim: encodeClaim(claim), wait };
  }

  #post(replica: SpaceReplica): void {
    const link = decodeInviteLink(replica.secrets.link);
    const claim = decodeClaim(replica.secrets.claim);
    if (!link.ok || !claim.ok) return;
    const mailbox = inviteMailboxOf(asKey<InviteSeed>(link.value.seed));
    const sealed = sealLetter(mailbox, { kind: 'claim', claim: claim.value });
    if (sealed.ok) this.#ports.mail.put(mailbox.id, sealed.value);
    this.#ports.answers.watch(replica, mailbox);
  }

  #readNote(mailbox: Mailbox): Promise<Result<HostNote>> {
    const { mail, scheduler } = this.#ports;
    return new Promise((resolve) => {
      const end = (outcome: Result<HostNote>): void => {
        cancel();
        mail.unwatch(mailbox.id);
        resolve(outcome);
      };
      const cancel = scheduler.after(ANSWER_TIMEOUT_MS, () =>
        end(fail(mail.isReached(mailbox.id) ? 'invite-unanswered' : 'relay-unreachable')),
      );
      mail.watch(mailbox.id, ({ blob }) => {
        const letter = openLetter(mailbox, blob);
        if (letter.ok && letter.value.kind === 'note') end(ok(letter.value.note));
      });
    });
  }
}
