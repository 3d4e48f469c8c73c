import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../crypto/cast.fixture.ts';
import { epochCommitment, newEpochSecret } from '../crypto/epoch-secrets.ts';
import { newKemKeyPair } from '../crypto/kem.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import { idFromBytes } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { recipientsAt } from '../membership/keying.ts';
import { replicaOf } from '../membership/replica.fixture.ts';
import { Story, STORY_SPACE } from '../membership/story.fixture.ts';
import { decodeEpochOp, encodeEpochOp, MAX_PARENT_EPOCHS, type EpochOp } from '../protocol/epoch-op.ts';
import type { KnownEpoch } from './epoch-shelf.ts';
import { SpaceKeys } from './space-keys.ts';

describe('the secrets of one space', () => {
  beforeAll(readyCrypto);

  /** Alice's space, and what she needs to make and take epochs. */
  function scene() {
    const random = seededRandom('space keys');
    const story = new Story();
    const alice = story.founder();
    const history = replicaOf(story);
    const kem = newKemKeyPair(random);
    const keys = new SpaceKeys(STORY_SPACE, [{ device: alice.id, kem: kem.secret }]);
    const known = (op: EpochOp): KnownEpoch => {
      const id = idFromBytes('EpochId', random.bytes(32));
      return { ...op, id, author: alice.id, chain: alice.id, seq: 1, position: 1, claimedTime: 0 };
    };
    const propose = () => keys.propose(history, alice.heads, random);
    return { random, alice, history, keys, kem, known, propose };
  }

  it('[K3] of more concurrent epochs than one can follow, sixteen are followed and the rest by the next one', () => {
    const { random, alice, history, keys, known, propose } = scene();
    for (let i = 0; i < 20; i++) {
      const secret = newEpochSecret(random);
      const epoch = known({
        scheme: 'lockbox',
        gen: 0,
        parents: [],
        mheads: alice.heads,
        recipients: recipientsAt(history.current()),
        commit: epochCommitment(secret, STORY_SPACE),
        prev: [],
        records: [],
      });
      keys.content.addEpoch(epoch.id, secret);
      keys.addEpoch(epoch);
    }
    const first = propose();
    expect(first.op).toMatchObject({ gen: 1 });
    for (const list of [first.op.parents, first.op.prev, first.op.records])
      expect(list).toHaveLength(MAX_PARENT_EPOCHS);
    expect(unwrap(decodeEpochOp(encodeEpochOp(first.op)))).toEqual(first.op);
    const merged = known(first.op);
    keys.content.addEpoch(merged.id, first.secret);
    keys.addEpoch(merged);
    expect(keys.findWritable(history)?.id).toBe(merged.id);
    const second = propose();
    expect(second.op.parents).toHaveLength(5);
    expect(second.op.parents).toContain(merged.id);
    expect(second.op.gen).toBe(2);
  });

  it('[K5] an epoch is proposed, boxed, and opened from the box: three operations, and a scheme that says how', () => {
    const { alice, history, keys, kem, known, propose } = scene();
    const { op, secret } = propose();
    expect(op).toMatchObject({ scheme: 'lockbox', gen: 0, parents: [], recipients: recipientsAt(history.current()) });
    const epoch = known(op);
    keys.addEpoch(epoch);
    expect(keys.findWritable(history)).toBeUndefined();
    // The stories' devices have keys that are none: the box for Alice is made for the key she holds.
    const state = history.current();
    const own = state.device(alice.id)!;
    const real = state.with({ devices: state.devices.set(alice.id, { ...own, kem: kem.publicKey }) });
    const boxes = keys.boxFor(epoch.id, secret, { state: real, devices: op.recipients });
    expect(boxes.map(({ recipient }) => recipient)).toEqual([alice.id]);
    for (const box of boxes) keys.addBox({ ...box, author: alice.id });
    expect(keys.findWritable(history)?.id).toBe(epoch.id);
    expect(keys.content.findSecret(epoch.id)).toEqual(secret);
  });

  it('[K5][X3] an epoch under a scheme that nobody knows is refused as a whole', () => {
    const { propose } = scene();
    const bytes = encodeEpochOp(propose().op);
    // Field 0 of the map: the scheme.
    const unknown = bytes.slice();
    expect([...unknown.subarray(1, 3)]).toEqual([0, 0]);
    unknown[2] = 1;
    expect(decodeEpochOp(unknown).ok).toBe(false);
  });
});
