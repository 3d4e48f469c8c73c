import { fail, ok, type Result } from '$lib/foundation/result.ts';

/** The bytes of a chosen file; a stick that was pulled out says so. */
export async function bytesOf(file: File): Promise<Result<Uint8Array>> {
  try {
    return ok(new Uint8Array(await file.arrayBuffer()));
  } catch {
    return fail('file-unreadable');
  }
}
