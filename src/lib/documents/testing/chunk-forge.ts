/** Makes change chunks that Automerge itself would never write, with a right checksum, for the gate's tests. */
import { concatBytes } from '../../foundation/bytes.ts';
import { A, type Doc } from '../automerge.ts';
import { sha256 } from '../gate/sha256.ts';

const MAGIC = Uint8Array.of(0x85, 0x6f, 0x4a, 0x83);

export function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** A chunk of any type around any contents. */
export function sealChunk(contents: Uint8Array, type = 1): Uint8Array {
  const body = concatBytes(Uint8Array.of(type), leb(contents.length), contents);
  return concatBytes(MAGIC, sha256(body).subarray(0, 4), body);
}

/** The contents of a chunk, behind its header and length. */
export function contentsOf(chunk: Uint8Array): Uint8Array {
  let at = 9;
  while ((chunk[at] ?? 0) > 127) at++;
  return chunk.subarray(at + 1);
}

export interface ForgedOp {
  readonly action: string;
  readonly obj: string;
  readonly key?: string;
  readonly elemId?: string;
  readonly insert?: boolean;
  readonly value?: string | number | boolean;
  readonly pred: readonly string[];
}

export interface ForgedChange {
  readonly actor: string;
  readonly seq: number;
  readonly startOp: number;
  readonly deps: readonly string[];
  readonly ops: readonly ForgedOp[];
}

/** A change with any numbers and references, honestly encoded. */
export function forgeChange(change: ForgedChange): Uint8Array {
  return A.encodeChange({
    ...change,
    time: 0,
    message: null,
    deps: [...change.deps],
    ops: change.ops,
  } as unknown as Parameters<typeof A.encodeChange>[0]);
}

/** What an honest next change of `actor` on `doc` would carry. */
export function nextOn(doc: Doc, actor: string): Omit<ForgedChange, 'ops'> {
  const metas = A.getChangesMetaSince(doc, []);
  const seq = metas.filter((meta) => meta.actor === actor).length + 1;
  return { actor, seq, startOp: Math.max(0, ...metas.map((meta) => meta.maxOp)) + 1, deps: A.getHeads(doc) };
}

export interface RawColumns {
  readonly deps?: readonly Uint8Array[];
  readonly actor: Uint8Array;
  readonly seq?: number;
  readonly startOp: number;
  readonly otherActors?: readonly Uint8Array[];
  readonly columns: readonly (readonly [spec: number, bytes: Uint8Array])[];
}

/** A chunk from raw columns, for runs that no encoder makes. */
export function sealColumns({ deps = [], actor, seq = 1, startOp, otherActors = [], columns }: RawColumns): Uint8Array {
  const actors = otherActors.flatMap((each) => [leb(each.length), each]);
  const layout = columns.flatMap(([spec, bytes]) => [leb(spec), leb(bytes.length)]);
  return sealChunk(
    concatBytes(
      leb(deps.length),
      ...deps,
      leb(actor.length),
      actor,
      leb(seq),
      leb(startOp),
      leb(0),
      leb(0),
      leb(otherActors.length),
      ...actors,
      leb(columns.length),
      ...layout,
      ...columns.map(([, bytes]) => bytes),
    ),
  );
}

/** A run of `count` equal values. */
export function run(count: number, value: Uint8Array): Uint8Array {
  return concatBytes(signedLeb(count), value);
}

export function signedLeb(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = ((rest % 128) + 128) % 128;
    rest = Math.floor(rest / 128);
    const isDone = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
    bytes.push(isDone ? low : low | 128);
    if (isDone) return Uint8Array.from(bytes);
  }
}
