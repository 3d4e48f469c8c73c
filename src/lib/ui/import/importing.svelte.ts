/** One import from the choice of files to its report: what it is doing, how far it is, and how to stop it. */
import type { AppClients } from '$lib/app/clients.ts';
import type { ImportRequest } from '$lib/app/import-messages.ts';
import { planNotes } from '$lib/app/plan-notes.ts';
import type { SpaceId } from '$lib/foundation/ids.ts';
import { fail, type Failure, type Result } from '$lib/foundation/result.ts';
import { importNotes, type ImportReport } from '$lib/workspace/import-notes.ts';

export type ImportPhase =
  | { readonly kind: 'choosing' }
  | { readonly kind: 'reading' | 'storing'; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly report: ImportReport }
  | { readonly kind: 'failed'; readonly failure: Failure };

export class Importing {
  phase = $state<ImportPhase>({ kind: 'choosing' });
  readonly #clients: Pick<AppClients, 'documents'>;
  readonly #space: SpaceId;
  #abort = new AbortController();

  constructor(clients: Pick<AppClients, 'documents'>, space: SpaceId) {
    this.#clients = clients;
    this.#space = space;
  }

  async chooseArchive(file: File): Promise<void> {
    await this.#run(async () => ({ kind: 'archive', bytes: new Uint8Array(await file.arrayBuffer()) }));
  }

  async chooseFiles(files: readonly File[]): Promise<void> {
    const listed = files.map((file) => ({
      path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
      file,
    }));
    await this.#run(() => Promise.resolve({ kind: 'files', files: listed }));
  }

  /** What was stored so far stays; nothing half-stored is listed. */
  cancel(): void {
    this.#abort.abort();
  }

  async #run(read: () => Promise<ImportRequest>): Promise<void> {
    this.#abort = new AbortController();
    this.phase = { kind: 'reading', done: 0, total: 0 };
    const result = await this.#import(read).catch((): Result<ImportReport> => fail('file-unreadable'));
    if (result.ok) this.phase = { kind: 'done', report: result.value };
    else
      this.phase = result.error.code === 'cancelled' ? { kind: 'choosing' } : { kind: 'failed', failure: result.error };
  }

  async #import(read: () => Promise<ImportRequest>): Promise<Result<ImportReport>> {
    const { signal } = this.#abort;
    const plan = await planNotes(await read(), {
      signal,
      onProgress: (done, total) => (this.phase = { kind: 'reading', done, total }),
    });
    if (!plan.ok) return plan;
    return importNotes({
      documents: this.#clients.documents,
      space: this.#space,
      plan: plan.value,
      onProgress: (done, total) => (this.phase = { kind: 'storing', done, total }),
      isCancelled: () => signal.aborted,
    });
  }
}
