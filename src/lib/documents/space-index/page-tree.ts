/**
 * The tree of pages from what each page says about its parent. Any set of concurrent moves gives a tree with every
 * page in it exactly once: of each circle the page with the smallest id is lifted to the top level.
 */
import type { DocumentId } from '../../foundation/ids.ts';
import { comparePlaced } from '../order-key.ts';

export interface TreeNode {
  readonly document: DocumentId;
  readonly parent: DocumentId | null;
  readonly key: string;
}

/** The parent each page is shown under. Unknown parents count as none. */
export function resolveParents(nodes: readonly TreeNode[]): ReadonlyMap<DocumentId, DocumentId | null> {
  const known = new Set(nodes.map((node) => node.document));
  const parents = new Map(
    nodes.map((node) => [node.document, node.parent !== null && known.has(node.parent) ? node.parent : null] as const),
  );
  const settled = new Set<DocumentId>();
  for (const { document } of nodes) {
    const path = new Set<DocumentId>();
    let at: DocumentId | null = document;
    while (at !== null && !settled.has(at) && !path.has(at)) {
      path.add(at);
      at = parents.get(at) ?? null;
    }
    if (at !== null && path.has(at)) parents.set(smallestOnCircle(parents, at), null);
    for (const each of path) settled.add(each);
  }
  return parents;
}

function smallestOnCircle(parents: ReadonlyMap<DocumentId, DocumentId | null>, start: DocumentId): DocumentId {
  let smallest = start;
  for (let at = parents.get(start) ?? null; at !== null && at !== start; at = parents.get(at) ?? null) {
    if (at < smallest) smallest = at;
  }
  return smallest;
}

export interface OrderedNode {
  readonly document: DocumentId;
  readonly parent: DocumentId | null;
  readonly depth: number;
}

/** Depth-first, siblings by key then id; without recursion, since a hostile tree may be deep. */
export function orderTree(nodes: readonly TreeNode[]): readonly OrderedNode[] {
  const parents = resolveParents(nodes);
  const children = new Map<DocumentId | null, TreeNode[]>();
  for (const node of nodes) {
    const parent = parents.get(node.document) ?? null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [node]);
    else siblings.push(node);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => -comparePlaced(asPlaced(a), asPlaced(b)));
  const ordered: OrderedNode[] = [];
  const open = (children.get(null) ?? []).map((node) => ({
    document: node.document,
    parent: null as DocumentId | null,
    depth: 0,
  }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    ordered.push(next);
    for (const child of children.get(next.document) ?? []) {
      open.push({ document: child.document, parent: next.document, depth: next.depth + 1 });
    }
  }
  return ordered;
}

export function asPlaced(node: TreeNode): { readonly id: string; readonly key: string } {
  return { id: node.document, key: node.key };
}
