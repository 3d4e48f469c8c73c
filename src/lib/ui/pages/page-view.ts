/** The ProseMirror view of a page: plugins, the check box of check items, what an empty page says, and pasting. */
import { dropCursor } from 'prosemirror-dropcursor';
import { gapCursor } from 'prosemirror-gapcursor';
import { history } from 'prosemirror-history';
import type { Node } from 'prosemirror-model';
import { Plugin } from 'prosemirror-state';
import { Decoration, DecorationSet } from 'prosemirror-view';
import type { DirectEditorProps, EditorView, NodeView } from 'prosemirror-view';
import { INTERNAL_LINK } from '$lib/documents/page/page-schema.ts';
import type { MemberId } from '$lib/foundation/ids.ts';
import { safeHref } from './editor-schema.ts';
import { pageCursors } from './page-cursors.ts';
import { pageInputRules } from './page-input-rules.ts';
import { pageKeymaps } from './page-keymap.ts';
import { pagePaste } from './page-paste.ts';

export interface PageWords {
  readonly label: () => string;
  readonly placeholder: () => string;
  readonly checkLabel: () => string;
  readonly nameOf: (member: MemberId) => string;
}

export interface PageAsks {
  /** The person asked for the link dialog. */
  readonly onlink: () => void;
  /** The person follows a link to a document of this space. */
  readonly onfollow: (document: string) => void;
}

export function pagePlugins(words: PageWords, asks: PageAsks): readonly Plugin[] {
  return [
    pageInputRules(),
    ...pageKeymaps(asks),
    history(),
    dropCursor({ class: 'drop-cursor', color: false }),
    gapCursor(),
    placeholder(words.placeholder),
    pageCursors(words.nameOf),
    pagePaste(),
    followLinks(asks.onfollow),
  ];
}

/** What depends on whether the person may edit. New functions each time, so that ProseMirror draws the boxes anew. */
export function pageProps(
  words: PageWords,
  isEditable: boolean,
): Pick<DirectEditorProps, 'editable' | 'nodeViews' | 'attributes'> {
  return {
    editable: () => isEditable,
    nodeViews: {
      check: (node, view, getPosition) => new CheckView(node, view, { getPosition, label: words.checkLabel }),
    },
    attributes: {
      class: 'page-text',
      role: 'textbox',
      'aria-multiline': 'true',
      'aria-label': words.label(),
      'aria-readonly': String(!isEditable),
      spellcheck: 'true',
      translate: 'no',
    },
  };
}

function placeholder(text: () => string): Plugin {
  return new Plugin({
    props: {
      decorations({ doc }) {
        const first = doc.firstChild;
        if (doc.childCount !== 1 || first === null || first.type.name !== 'paragraph' || first.content.size > 0)
          return null;
        return DecorationSet.create(doc, [
          Decoration.node(0, first.nodeSize, { class: 'is-empty', 'data-placeholder': text() }),
        ]);
      },
    },
  });
}

/** A click follows where nothing can be edited; while editing it takes Ctrl or ⌘. */
function followLinks(onfollow: (document: string) => void): Plugin {
  return new Plugin({
    props: {
      handleDOMEvents: {
        click(view, event) {
          const anchor = event.target instanceof Element ? event.target.closest('a') : null;
          const href = safeHref(anchor?.getAttribute('href') ?? '');
          if (href === undefined) return false;
          event.preventDefault();
          if (view.editable && !event.metaKey && !event.ctrlKey) return false;
          openHref(href, onfollow);
          return true;
        },
      },
    },
  });
}

/** Within the space by the app, elsewhere in a tab of its own that learns nothing of this one. */
export function openHref(href: string, onfollow: (document: string) => void): void {
  const safe = safeHref(href);
  if (safe === undefined) return;
  if (safe.startsWith(INTERNAL_LINK)) onfollow(safe.slice(INTERNAL_LINK.length).replace(/#.*/, ''));
  else window.open(safe, '_blank', 'noopener,noreferrer');
}

interface CheckPlace {
  readonly getPosition: () => number | undefined;
  readonly label: () => string;
}

/** A real check box before the text: for mouse, touch, Space and screen readers. */
class CheckView implements NodeView {
  readonly dom = document.createElement('div');
  readonly contentDOM = document.createElement('p');
  readonly #box = document.createElement('input');
  #node: Node;

  constructor(node: Node, view: EditorView, place: CheckPlace) {
    this.#node = node;
    this.#box.type = 'checkbox';
    this.#box.contentEditable = 'false';
    this.#box.setAttribute('aria-label', place.label());
    this.#box.addEventListener('change', () => {
      const position = place.getPosition();
      if (position !== undefined && view.editable)
        view.dispatch(view.state.tr.setNodeAttribute(position, 'checked', this.#box.checked));
      else this.#show();
    });
    this.dom.className = 'check';
    this.dom.append(this.#box, this.contentDOM);
    this.#box.disabled = !view.editable;
    this.#show();
  }

  update(node: Node): boolean {
    if (node.type !== this.#node.type) return false;
    this.#node = node;
    this.#show();
    return true;
  }

  stopEvent(event: Event): boolean {
    return event.target === this.#box;
  }

  ignoreMutation(mutation: { readonly target: globalThis.Node }): boolean {
    return !this.contentDOM.contains(mutation.target);
  }

  #show(): void {
    const isChecked = this.#node.attrs['checked'] === true;
    this.#box.checked = isChecked;
    this.dom.dataset['depth'] = String(this.#node.attrs['depth']);
    this.dom.dataset['checked'] = String(isChecked);
  }
}
