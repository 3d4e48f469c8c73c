/** The contract of `engine.ts` is wide, so each area answers for its own calls; together they are one engine. */

/** One object with every method of the parts, each bound to its part. A name that two parts claim is our mistake. */
export function joinCalls<A extends object, B extends object[]>(first: A, ...others: B): A & Joined<B> {
  const joined: Record<string, unknown> = {};
  for (const part of [first, ...others]) {
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(part))) {
      const method: unknown = Reflect.get(part, name);
      if (name === 'constructor' || typeof method !== 'function') continue;
      if (name in joined) throw new Error(`two parts of the engine answer to ${name}`);
      joined[name] = (...args: unknown[]): unknown => Reflect.apply(method, part, args) as unknown;
    }
  }
  return joined as A & Joined<B>;
}

type Joined<B extends object[]> = B extends [infer One extends object, ...infer Rest extends object[]]
  ? One & Joined<Rest>
  : unknown;
