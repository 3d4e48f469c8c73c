/** What an import could not carry over as it was: said per file, in codes that the interface turns into words. */
export type LossKind =
  /** Kept as source text in a code block: not shown as it was, but nothing is gone. */
  | 'table-as-source'
  | 'html-as-source'
  | 'footnote-as-source'
  /** The link's target is not in the import; its text is kept. */
  | 'link-unresolved'
  /** The picture or file is not stored; its name is kept in the page. */
  | 'file-not-stored'
  /** An embedded note became a link to it. */
  | 'embed-as-link'
  | 'file-skipped'
  | 'file-unreadable'
  /** A message's author is kept as text: nobody can write in another's name. */
  | 'author-as-text';

export interface Loss {
  readonly path: string;
  readonly kind: LossKind;
  readonly subject: string;
}
