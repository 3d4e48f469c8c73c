/**
 * The one place that imports Automerge, in its slim form: the composition root fetches the wasm and readies it once
 * per thread with `readyAutomerge`. Everything else in the documents layer takes `A` from here.
 */
import * as A from '@automerge/automerge/slim';

export { A };
export type Doc<T = DocRoot> = A.Doc<T>;
export type Heads = readonly string[];
/** The root of any document: what is in it is judged by a projection, never assumed. */
export type DocRoot = Record<string, unknown>;

/** Loads the compiled Automerge; `wasm` is what `WebAssembly.instantiate` or a fetch of the `.wasm` file accepts. */
export async function readyAutomerge(wasm: Uint8Array | Request | Promise<Uint8Array> | string): Promise<void> {
  if (!A.isWasmInitialized()) await A.initializeWasm(wasm);
}

/** An immutable string as its text, everything else as it is. */
export function plainScalar(value: unknown): unknown {
  return A.isImmutableString(value) ? value.toString() : value;
}

/** Strings that nobody co-edits go in as `ImmutableString`: 4 × faster to load, half the size. */
export function fixedText(text: string): A.ImmutableString {
  return new A.ImmutableString(text);
}

/** Saves the document and proves that the bytes load again with the same heads; throws when they do not. */
export function saveProven(doc: Doc): Uint8Array {
  return A.getBackend(doc).saveAndVerify();
}

/** The maps of root-level records; a thing of another type counts as empty. */
export function recordsIn(doc: Doc, container: string): Record<string, unknown> {
  const value = doc[container];
  return isRecord(value) ? value : {};
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !A.isImmutableString(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array) &&
    !A.isCounter(value)
  );
}
