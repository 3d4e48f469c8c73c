/** Finds which page a link means: by path, by file name, by a name in the front matter; without case, as vaults do. */
import type { DocumentId } from '../../foundation/ids.ts';

export class LinkIndex {
  readonly #byPath = new Map<string, DocumentId>();
  readonly #byName = new Map<string, DocumentId>();
  readonly #byAlias = new Map<string, DocumentId>();

  /** `path` is the file's path without `.md`. The first of two equal names wins, as in the order of paths. */
  add(path: string, document: DocumentId, aliases: readonly string[]): void {
    const key = fold(path);
    setFirst(this.#byPath, key, document);
    setFirst(this.#byName, key.slice(key.lastIndexOf('/') + 1), document);
    for (const alias of aliases) setFirst(this.#byAlias, fold(alias), document);
  }

  /** `from` is the path of the page that holds the link, for relative targets. */
  find(target: string, from: string): DocumentId | undefined {
    const wanted = fold(target.replace(/\.md$/i, '').replace(/^\//, ''));
    if (wanted === '') return this.#byPath.get(fold(from));
    const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/') + 1) : '';
    return (
      this.#byPath.get(joinPath(fold(folder), wanted)) ??
      this.#byPath.get(wanted) ??
      this.#byName.get(wanted.slice(wanted.lastIndexOf('/') + 1)) ??
      this.#byAlias.get(wanted)
    );
  }
}

function setFirst(map: Map<string, DocumentId>, key: string, document: DocumentId): void {
  if (!map.has(key)) map.set(key, document);
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase().trim();
}

function joinPath(folder: string, target: string): string {
  const parts: string[] = [];
  for (const part of `${folder}${target}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
