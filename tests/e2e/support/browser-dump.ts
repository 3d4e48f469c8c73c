/** All that a browser keeps for the app, as Latin-1 text to search in: what the page may read, and the profile's files. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

export interface StorageDump {
  /** By database and store, by cache, by kind of storage: how many values were read. */
  readonly counts: Readonly<Record<string, number>>;
  readonly text: string;
}

/** Every IndexedDB store, cache and key-value storage of the page's origin. */
export function dumpStorage(page: Page): Promise<StorageDump> {
  return page.evaluate(async () => {
    const parts: string[] = [];
    const counts: Record<string, number> = {};
    const latin1 = (bytes: Uint8Array): string => {
      let text = '';
      for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return text;
    };
    const utf8 = (text: string): string => latin1(new TextEncoder().encode(text));
    const write = (value: unknown): string => {
      if (typeof value === 'string') return utf8(value);
      if (value instanceof ArrayBuffer) return latin1(new Uint8Array(value));
      if (ArrayBuffer.isView(value)) return latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      if (value instanceof Map || value instanceof Set) return [...value.entries()].flat().map(write).join('\n');
      if (Array.isArray(value)) return value.map(write).join('\n');
      if (typeof value === 'object' && value !== null) return Object.entries(value).flat().map(write).join('\n');
      return String(value);
    };
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
      });

    for (const { name = '' } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        const [values, keys] = await Promise.all([done(objects.getAll()), done(objects.getAllKeys())]);
        counts[`${name}/${store}`] = values.length;
        parts.push(name, store, write(values), write(keys));
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      const requests = await cache.keys();
      counts[`cache ${name}`] = requests.length;
      for (const request of requests) {
        const response = await cache.match(request);
        parts.push(utf8(request.url), latin1(new Uint8Array((await response?.arrayBuffer()) ?? new ArrayBuffer())));
      }
    }
    for (const [kind, storage] of Object.entries({ localStorage, sessionStorage })) {
      counts[kind] = storage.length;
      parts.push(...Object.entries(storage).flat().map(utf8));
    }
    return { counts, text: parts.join('\n') };
  });
}

export interface ProfileFile {
  readonly path: string;
  readonly text: string;
}

export function readProfile(folder: string): readonly ProfileFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(folder.length + 1), text: readFileSync(path, 'latin1') }));
}
