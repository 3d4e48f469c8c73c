/** Our editor: the real component on the main thread, the authority and Automerge in a worker. */
import { mount } from 'svelte';
import type { DocumentsEvent } from '../../../src/lib/documents/documents.ts';
import type { DocumentId, SpaceId } from '../../../src/lib/foundation/ids.ts';
import { fail } from '../../../src/lib/foundation/result.ts';
import type { PageDocuments } from '../../../src/lib/ui/pages/page-link.ts';
import PageText from '../../../src/lib/ui/pages/PageText.svelte';

const SPACE = 'a1'.repeat(32) as SpaceId;
const DOCUMENT = `02${'b2'.repeat(15)}` as DocumentId;

export async function startArchipel(target: HTMLElement, onRemote: () => void): Promise<void> {
  const worker = new Worker(new URL('./authority-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, (answer: never) => void>();
  const listeners = new Set<(event: DocumentsEvent) => void>();
  let calls = 0;
  worker.onmessage = ({ data }: MessageEvent<{ id?: number; answer?: never; event?: object }>) => {
    if (data.id !== undefined) waiting.get(data.id)?.(data.answer as never);
    if (data.event === undefined) return;
    const event = { space: SPACE, document: DOCUMENT, ...data.event } as DocumentsEvent;
    if (event.kind === 'steps' && event.clientIds.includes('remote')) onRemote();
    for (const listener of listeners) listener(event);
  };
  const call = <T>(name: string, argument?: unknown): Promise<T> =>
    new Promise((resolve) => {
      calls += 1;
      waiting.set(calls, resolve);
      worker.postMessage({ id: calls, name, argument });
    });
  const documents: PageDocuments = {
    open: () => Promise.resolve(fail('unknown-document')),
    close: () => Promise.resolve(),
    joinPage: () => call('join'),
    pushSteps: (_space, _document, push) => call('push', push),
    setCursor: () => Promise.resolve(),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  await call('prepare');
  mount(PageText, {
    target,
    props: {
      documents,
      space: SPACE,
      document: DOCUMENT,
      isEditable: true,
      nameOf: () => 'Bob',
      onfollow: () => undefined,
    },
  });
  await call('start');
}
