/** The block of properties at the head of a note: kept as text, read only for the other names a note goes by. */
export interface FrontMatter {
  /** Between the two `---` lines, without them; undefined when there is none. */
  readonly source: string | undefined;
  readonly body: string;
}

export function splitFrontMatter(markdown: string): FrontMatter {
  const match = /^---[ \t]*\n([\s\S]*?\n)?---[ \t]*(?:\n|$)/.exec(markdown);
  if (match === null) return { source: undefined, body: markdown };
  return { source: (match[1] ?? '').replace(/\n$/, ''), body: markdown.slice(match[0].length) };
}

/** The values of `aliases:` as a list or on one line. */
export function aliasesOf(source: string | undefined): readonly string[] {
  const match = /^aliases:[ \t]*(.*)\n?((?:[ \t]*-[ \t]+.*(?:\n|$))*)/m.exec(source ?? '');
  if (match === null) return [];
  const inline = (match[1] ?? '').replace(/^\[|\]$/g, '').split(',');
  const listed = (match[2] ?? '').split('\n').map((line) => line.replace(/^[ \t]*-[ \t]+/, ''));
  return [...inline, ...listed]
    .map((alias) => alias.trim().replace(/^["']|["']$/g, ''))
    .filter((alias) => alias !== '');
}
