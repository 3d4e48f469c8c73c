/**
 * Who stands behind each Automerge actor of one document, learned from envelopes: the actor follows from (author,
 * document, generation), so a document cannot lie about it.
 */
import type { ActorId, DeviceId, DocumentId, MemberId } from '../foundation/ids.ts';
import type { EntryPort } from './entry-port.ts';

export interface ActorOwner {
  readonly author: DeviceId;
  readonly generation: number;
  readonly member: MemberId;
}

/** A device that opens this many replicas at once is not ours; generations beyond are refused [G2]. */
export const MAX_GENERATION = 1_023;

export class ActorTable {
  readonly #document: DocumentId;
  readonly #port: Pick<EntryPort, 'actorOf'>;
  readonly #owners = new Map<ActorId, ActorOwner>();
  readonly #known = new Map<string, ActorId>();

  constructor(document: DocumentId, port: Pick<EntryPort, 'actorOf'>) {
    this.#document = document;
    this.#port = port;
  }

  /** [G2] The actor this author must write as; remembers its owner. */
  async learn(owner: ActorOwner): Promise<ActorId> {
    const key = `${owner.author}:${owner.generation}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const actor = await this.#port.actorOf(owner.author, this.#document, owner.generation);
    this.#known.set(key, actor);
    this.#owners.set(actor, owner);
    return actor;
  }

  memberOf(actor: ActorId): MemberId | undefined {
    return this.#owners.get(actor)?.member;
  }

  ownerOf(actor: ActorId): ActorOwner | undefined {
    return this.#owners.get(actor);
  }

  has(actor: ActorId): boolean {
    return this.#owners.has(actor);
  }

  owners(): readonly ActorOwner[] {
    return [...this.#owners.values()];
  }
}
