/**
 * Strongly connected components (Tarjan, without recursion) of a directed graph, and of those that nothing outside
 * leads into the one that holds the smallest id: the same choice on every replica.
 */
export interface Edges<T> {
  readonly idOf: (vertex: T) => string;
  readonly successors: (vertex: T) => readonly T[];
}

export function findFirstComponent<T>(vertices: readonly T[], edges: Edges<T>): readonly T[] {
  const components = findComponents(vertices, edges);
  const componentOf = new Map<T, readonly T[]>();
  for (const component of components) for (const vertex of component) componentOf.set(vertex, component);
  const entered = new Set<readonly T[]>();
  for (const vertex of vertices) {
    for (const next of edges.successors(vertex)) {
      const target = componentOf.get(next);
      if (target !== undefined && target !== componentOf.get(vertex)) entered.add(target);
    }
  }
  let first: readonly T[] = [];
  let smallest: string | undefined;
  for (const component of components) {
    if (entered.has(component)) continue;
    for (const vertex of component) {
      const id = edges.idOf(vertex);
      if (smallest !== undefined && id >= smallest) continue;
      smallest = id;
      first = component;
    }
  }
  return first;
}

interface Visit<T> {
  readonly vertex: T;
  readonly successors: readonly T[];
  next: number;
}

function findComponents<T>(vertices: readonly T[], { successors }: Edges<T>): readonly (readonly T[])[] {
  const order = new Map<T, number>();
  const low = new Map<T, number>();
  const path: T[] = [];
  const isOnPath = new Set<T>();
  const components: T[][] = [];
  const lower = (vertex: T, to: number): void => void low.set(vertex, Math.min(low.get(vertex) ?? to, to));
  const enter = (vertex: T): Visit<T> => {
    order.set(vertex, order.size);
    low.set(vertex, order.size - 1);
    path.push(vertex);
    isOnPath.add(vertex);
    return { vertex, successors: successors(vertex), next: 0 };
  };
  for (const root of vertices) {
    if (order.has(root)) continue;
    const visits = [enter(root)];
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const successor = visit.successors[visit.next++];
      if (successor !== undefined) {
        if (!order.has(successor)) visits.push(enter(successor));
        else if (isOnPath.has(successor)) lower(visit.vertex, order.get(successor) ?? 0);
        continue;
      }
      visits.pop();
      const above = visits.at(-1);
      if (above !== undefined) lower(above.vertex, low.get(visit.vertex) ?? 0);
      if (low.get(visit.vertex) !== order.get(visit.vertex)) continue;
      const component = path.splice(path.indexOf(visit.vertex));
      for (const vertex of component) isOnPath.delete(vertex);
      components.push(component);
    }
  }
  return components;
}
