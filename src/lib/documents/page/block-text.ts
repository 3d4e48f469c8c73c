/** What one block of a page says, without its marks. */
import type { PageNodeJson } from '../views.ts';

/** Empty of a block that says nothing, as an empty paragraph or a divider. */
export function textOfBlock(block: PageNodeJson): string {
  if (block['type'] === 'image') return textOf((block['attrs'] as PageNodeJson | undefined)?.['file']);
  const inline = Array.isArray(block['content']) ? (block['content'] as readonly PageNodeJson[]) : [];
  return inline.map((node) => (node['type'] === 'hard_break' ? '\n' : textOf(node['text']))).join('');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
