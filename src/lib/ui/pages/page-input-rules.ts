/** Markdown while typing: block signs at the start of a block, marks when their second sign is typed. Backspace takes one back. */
import { InputRule, inputRules } from 'prosemirror-inputrules';
import type { Attrs, MarkType, NodeType } from 'prosemirror-model';
import { TextSelection } from 'prosemirror-state';
import type { Plugin } from 'prosemirror-state';
import { editorSchema, safeHref } from './editor-schema.ts';

const { nodes, marks } = editorSchema;

export function pageInputRules(): Plugin {
  return inputRules({
    rules: [
      blockRule(/^(#{1,6}) $/, nodes.heading, (match) => ({ level: match[1]?.length ?? 1 })),
      blockRule(/^\[( |x|X)?\] $/, nodes.check, (match) => ({ checked: match[1] === 'x' || match[1] === 'X' })),
      blockRule(/^[-*+] $/, nodes.bullet),
      blockRule(/^\d{1,3}[.)] $/, nodes.ordered),
      blockRule(/^> $/, nodes.quote),
      blockRule(/^```(\w*) $/, nodes.code_block, (match) => ({ language: match[1] ?? '' })),
      dividerRule(),
      markRule(/\*\*([^*\s](?:[^*]*[^*\s])?)\*\*$/, marks.bold),
      markRule(/(?<![*\w])\*([^*\s](?:[^*]*[^*\s])?)\*$/, marks.italic),
      markRule(/(?<![_\w])_([^_\s](?:[^_]*[^_\s])?)_$/, marks.italic),
      markRule(/~~([^~\s](?:[^~]*[^~\s])?)~~$/, marks.strike),
      markRule(/`([^`]+)`$/, marks.code),
      linkRule(),
    ],
  });
}

/** On a list item `[ ] ` makes it a check; on a heading `# ` would be a mistake, so only plain and list blocks change. */
function blockRule(
  pattern: RegExp,
  type: NodeType,
  attrsOf: (match: RegExpMatchArray) => Attrs = () => ({}),
): InputRule {
  return new InputRule(pattern, (state, match, start, end) => {
    const block = state.doc.resolve(start).parent;
    if (block.type !== nodes.paragraph && block.type !== nodes.bullet) return null;
    if (block.type === type) return null;
    const attrs = { depth: block.attrs['depth'] as number, extra: block.attrs['extra'] as unknown, ...attrsOf(match) };
    return state.tr.delete(start, end).setBlockType(start, start, type, attrs);
  });
}

function markRule(pattern: RegExp, type: MarkType): InputRule {
  return new InputRule(pattern, (state, match, start, end) => {
    const text = match[1];
    if (text === undefined) return null;
    const lead = match[0].indexOf(text);
    const tr = state.tr;
    // What was typed last is not in the document yet: the signs there are replaced by nothing.
    tr.delete(start + lead + text.length, end);
    tr.delete(start, start + lead);
    tr.addMark(start, start + text.length, type.create());
    return tr.removeStoredMark(type);
  });
}

function linkRule(): InputRule {
  return new InputRule(/\[([^\]]+)\]\(([^\s)]+)\)$/, (state, match, start, end) => {
    const [, text, address] = match;
    const href = safeHref(address ?? '');
    if (text === undefined || href === undefined) return null;
    const mark = marks.link.create({ href });
    const tr = state.tr.replaceWith(
      start,
      end,
      editorSchema.text(text, mark.addToSet(state.doc.resolve(start + 1).marks())),
    );
    return tr.removeStoredMark(marks.link);
  });
}

function dividerRule(): InputRule {
  return new InputRule(/^---$/, (state, _match, start, end) => {
    const place = state.doc.resolve(start);
    if (place.parent.type !== nodes.paragraph) return null;
    const at = place.before(1);
    const tr = state.tr.delete(start, end).insert(at, nodes.divider.create());
    return tr.setSelection(TextSelection.near(tr.doc.resolve(at + 2)));
  });
}
