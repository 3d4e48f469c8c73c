/** One document and its gate, fed by named devices, for tests of the gate alone. */
import { bytesToHex, hexToBytes } from '../../foundation/bytes.ts';
import type { ActorId, DeviceId, DocumentId, EnvelopeId, MemberId } from '../../foundation/ids.ts';
import { A, type Doc } from '../automerge.ts';
import { newDocumentId } from '../document-kind.ts';
import type { DocumentSchema } from '../document-schema.ts';
import { IngestGate, type Admission, type Submission } from '../gate/ingest-gate.ts';
import { beginDocument } from '../load-replica.ts';
import { SeededRandom } from './manual-time.ts';
import { actorFor, hashHex } from './memory-engine.ts';

export const OBSERVER = '0b'.repeat(16) as ActorId;

export class GateWorld {
  readonly schema: DocumentSchema;
  readonly document: DocumentId;
  gate: IngestGate;
  doc: Doc;
  readonly #members = new Map<ActorId, MemberId>();
  #position = 0;

  constructor(schema: DocumentSchema) {
    this.schema = schema;
    this.document = newDocumentId(schema.kind, new SeededRandom(5));
    this.doc = beginDocument(schema, OBSERVER);
    this.gate = this.#newGate();
  }

  device(name: string): DeviceId {
    return hashHex(`device ${name}`, 32) as DeviceId;
  }

  member(name: string): MemberId {
    return hashHex(`member ${name}`, 16) as MemberId;
  }

  actor(name: string, generation = 0): ActorId {
    const actor = actorFor(this.device(name), this.document, generation);
    this.#members.set(actor, this.member(name));
    return actor;
  }

  /** A document of this person that holds what the world's does. */
  replicaOf(name: string): Doc {
    return A.load<Record<string, unknown>>(A.save(this.doc), { actor: this.actor(name) });
  }

  /** The bytes of an honest change by this person. */
  changeBy(name: string, change: (draft: Doc) => void): Uint8Array {
    const doc = A.change(this.replicaOf(name), { time: 0 }, change);
    const [chunk] = A.getChangesSince(doc, A.getHeads(this.doc));
    A.free(doc);
    if (chunk === undefined) throw new Error('changed nothing');
    return chunk;
  }

  submission(name: string, bytes: Uint8Array): Submission {
    const position = this.#position++;
    return {
      id: hashHex(`${name} ${bytesToHex(bytes.subarray(0, 64))} ${position}`, 32) as EnvelopeId,
      position,
      author: this.device(name),
      member: this.member(name),
      expectedActor: this.actor(name),
      bytes,
    };
  }

  submit(...submissions: readonly Submission[]): Admission {
    const admission = this.gate.admit(this.doc, submissions);
    this.doc = admission.doc;
    return admission;
  }

  /** Submits one change and says what became of it. */
  verdict(name: string, bytes: Uint8Array): string {
    const before = this.gate.pendingCount;
    const { admitted, voided, quarantined } = this.submit(this.submission(name, bytes));
    if (voided[0] !== undefined) return voided[0].code;
    if (quarantined[0] !== undefined) return 'quarantined';
    if (this.gate.pendingCount > before) return 'pending';
    return admitted.length > 0 ? 'admitted' : 'known';
  }

  /** Throws unless the document saves, loads to the same heads, and still takes an honest change. */
  proveAlive(): void {
    const loaded = A.load<Record<string, unknown>>(A.save(this.doc));
    const isSame = A.getHeads(loaded).join() === A.getHeads(this.doc).join();
    A.free(loaded);
    if (!isSame) throw new Error('loads to other heads');
    const verdict = this.verdict(
      'honest',
      this.changeBy('honest', (draft) => Object.assign(draft, { mark: this.#position })),
    );
    if (verdict !== 'admitted') throw new Error(`an honest change is ${verdict}`);
  }

  /** Gives the memory back; a fuzz makes thousands of worlds. */
  free(): void {
    A.free(this.doc);
  }

  #newGate(): IngestGate {
    return new IngestGate({ schema: this.schema, memberOf: (actor) => this.#members.get(actor) });
  }
}

export function actorBytes(actor: ActorId): Uint8Array {
  return hexToBytes(actor);
}
