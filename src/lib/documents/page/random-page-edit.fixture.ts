/** Random edits of every kind a page knows, for property tests: valid steps, chosen by a seeded source. */
import type { Mark, Node } from 'prosemirror-model';
import { Fragment, Slice } from 'prosemirror-model';
import { canSplit, Transform } from 'prosemirror-transform';
import { pageSchema } from './page-schema.ts';

/** A whole number from 0 to `below` − 1. */
export type Pick = (below: number) => number;

export function seededPick(seed: number): Pick {
  let word = seed >>> 0 || 1;
  return (below) => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return (word >>> 0) % below;
  };
}

const WORDS = ['a', 'la', 'mer', ' ', 'bleu ', '😀', 'é', '👩‍🚀', 'xyz', '.', '🏝😁'];
const TEXT_TYPES = ['paragraph', 'heading', 'bullet', 'ordered', 'check', 'quote', 'unknown_block'];

/** A transform of one edit; now and then it has no steps because the place did not allow any. */
export function randomEdit(doc: Node, pick: Pick): Transform {
  const transform = new Transform(doc);
  const edits = [
    insertText,
    insertText,
    insertText,
    erase,
    erase,
    split,
    join,
    retype,
    deepen,
    addMark,
    removeMark,
    paste,
    insertAtom,
    moveBlock,
    replace,
    breakLine,
    relabel,
    eraseOne,
  ];
  edits[pick(edits.length)]?.(transform, pick);
  return transform;
}

function insertText(transform: Transform, pick: Pick): void {
  const at = textPosition(transform.doc, pick);
  if (at === undefined) return;
  const inherited = pick(3) > 0 ? transform.doc.resolve(at).marks() : randomMarks(pick);
  transform.insert(at, pageSchema.text(word(pick), inherited));
}

function erase(transform: Transform, pick: Pick): void {
  const [from, to] = randomRange(transform.doc, pick);
  transform.deleteRange(from, to);
}

function eraseOne(transform: Transform, pick: Pick): void {
  const at = textPosition(transform.doc, pick);
  if (at === undefined || transform.doc.resolve(at).parentOffset === 0) return;
  transform.delete(splitsPair(transform.doc, at - 1) ? at - 2 : at - 1, at);
}

function replace(transform: Transform, pick: Pick): void {
  const [from, to] = randomRange(transform.doc, pick);
  transform.replaceRange(from, to, new Slice(Fragment.from(pageSchema.text(word(pick), randomMarks(pick))), 0, 0));
}

function split(transform: Transform, pick: Pick): void {
  const at = textPosition(transform.doc, pick);
  if (at === undefined || !canSplit(transform.doc, at)) return;
  if (pick(2) === 0) transform.split(at);
  else transform.split(at, 1, [{ type: pageSchema.nodes.paragraph, attrs: { depth: pick(3) } }]);
}

function join(transform: Transform, pick: Pick): void {
  const at = blockPosition(transform.doc, pick);
  const { nodeBefore, nodeAfter } = transform.doc.resolve(at);
  if (nodeBefore?.isTextblock === true && nodeAfter?.isTextblock === true) transform.delete(at - 1, at + 1);
}

function retype(transform: Transform, pick: Pick): void {
  const [from, to] = randomRange(transform.doc, pick);
  const name = TEXT_TYPES[pick(TEXT_TYPES.length)] ?? 'paragraph';
  if (pick(6) === 0) transform.setBlockType(from, to, pageSchema.nodes.code_block, { language: word(pick) });
  else transform.setBlockType(from, to, pageSchema.nodes[name as 'heading'], attrsOf(name, pick));
}

function deepen(transform: Transform, pick: Pick): void {
  transform.setNodeAttribute(blockPosition(transform.doc, pick), 'depth', pick(5));
}

function relabel(transform: Transform, pick: Pick): void {
  const at = blockPosition(transform.doc, pick);
  const block = transform.doc.nodeAt(at);
  if (block?.type.name === 'check') transform.setNodeAttribute(at, 'checked', pick(2) === 0);
  else if (block?.type.name === 'image') transform.setNodeAttribute(at, 'alt', word(pick));
  else if (block?.type.name === 'heading') transform.setNodeAttribute(at, 'level', 1 + pick(6));
  else
    transform.setNodeAttribute(at, 'extra', pick(2) === 0 ? null : { colour: word(pick), nested: { deep: [pick(9)] } });
}

function addMark(transform: Transform, pick: Pick): void {
  const [from, to] = randomRange(transform.doc, pick);
  for (const mark of randomMarks(pick)) transform.addMark(from, to, mark);
}

function removeMark(transform: Transform, pick: Pick): void {
  const [from, to] = randomRange(transform.doc, pick);
  const marks = [...randomMarks(pick)];
  if (marks.length === 0) transform.removeMark(from, to);
  for (const mark of marks) transform.removeMark(from, to, mark.type);
}

function paste(transform: Transform, pick: Pick): void {
  const [from, to] = randomRange(transform.doc, pick);
  const blocks = Array.from({ length: 1 + pick(3) }, () => {
    const name = TEXT_TYPES[pick(TEXT_TYPES.length)] ?? 'paragraph';
    return pageSchema.nodes[name as 'heading'].create(attrsOf(name, pick), [
      pageSchema.text(word(pick), randomMarks(pick)),
      ...(pick(2) === 0 ? [pageSchema.text(word(pick), randomMarks(pick))] : []),
    ]);
  });
  const open = pick(2);
  transform.replaceRange(from, to, new Slice(Fragment.fromArray(blocks), open, open));
}

function insertAtom(transform: Transform, pick: Pick): void {
  const at = blockPosition(transform.doc, pick);
  const image = { file: word(pick), alt: word(pick), width: pick(2) === 0 ? null : 1 + pick(900) };
  transform.insert(at, pick(2) === 0 ? pageSchema.nodes.divider.create() : pageSchema.nodes.image.create(image));
}

function moveBlock(transform: Transform, pick: Pick): void {
  if (transform.doc.childCount < 2) return;
  const from = blockPosition(transform.doc, pick);
  const block = transform.doc.nodeAt(from);
  if (block === null) return;
  transform.delete(from, from + block.nodeSize);
  transform.insert(blockPosition(transform.doc, pick), block);
}

function breakLine(transform: Transform, pick: Pick): void {
  const at = textPosition(transform.doc, pick);
  if (at === undefined) return;
  if (transform.doc.resolve(at).parent.type.spec.code === true) transform.insert(at, pageSchema.text('\n'));
  else transform.insert(at, pageSchema.nodes.hard_break.create());
}

function word(pick: Pick): string {
  return WORDS[pick(WORDS.length)] ?? 'a';
}

function attrsOf(name: string, pick: Pick): Record<string, unknown> {
  const depth = pick(3);
  if (name === 'heading') return { depth, level: 1 + pick(6) };
  if (name === 'check') return { depth, checked: pick(2) === 0 };
  if (name === 'unknown_block') return { depth, type: 'callout', extra: { tone: word(pick), rank: pick(4) } };
  return { depth };
}

function randomMarks(pick: Pick): readonly Mark[] {
  const { bold, italic, strike, code, link, unknown_mark: unknown } = pageSchema.marks;
  const all = [
    bold.create(),
    italic.create(),
    strike.create(),
    code.create(),
    link.create({ href: `https://example.org/${String(pick(3))}` }),
    unknown.create({ name: ['comment', 'colour'][pick(2)] ?? '', value: ['red', 7, true][pick(3)] }),
  ];
  let marks: readonly Mark[] = [];
  for (let i = pick(3); i > 0; i--) marks = all[pick(all.length)]?.addToSet(marks) ?? marks;
  return marks;
}

function randomRange(doc: Node, pick: Pick): readonly [number, number] {
  const from = pick(doc.content.size + 1);
  const to = pick(4) === 0 ? pick(doc.content.size + 1) : Math.min(doc.content.size, from + pick(12));
  const whole = (at: number): number => (splitsPair(doc, at) && pick(20) > 0 ? at - 1 : at);
  const [a, b] = [whole(from), whole(to)];
  return [Math.min(a, b), Math.max(a, b)];
}

function splitsPair(doc: Node, at: number): boolean {
  return /[\uD800-\uDBFF]$/.test(doc.resolve(at).nodeBefore?.text ?? '');
}

/** Never within a surrogate pair: no caret stands there. */
function textPosition(doc: Node, pick: Pick): number | undefined {
  for (let tries = 0; tries < 8; tries++) {
    const at = doc.resolve(pick(doc.content.size + 1));
    if (at.parent.isTextblock && !splitsPair(doc, at.pos)) return at.pos;
  }
  return undefined;
}

function blockPosition(doc: Node, pick: Pick): number {
  const index = pick(doc.childCount);
  let at = 0;
  for (let i = 0; i < index; i++) at += doc.child(i).nodeSize;
  return at;
}
