/** The loss report in words: one line for each kind of loss, with what it concerned. */
import type { Loss, LossKind } from '$lib/documents/markdown/losses.ts';
import * as m from '$lib/paraglide/messages';

const WORDS: Readonly<Record<LossKind, (count: number) => string>> = {
  'table-as-source': (count) => m.import_loss_table({ count }),
  'html-as-source': (count) => m.import_loss_html({ count }),
  'footnote-as-source': (count) => m.import_loss_footnote({ count }),
  'link-unresolved': (count) => m.import_loss_link({ count }),
  'file-not-stored': (count) => m.import_loss_file({ count }),
  'embed-as-link': (count) => m.import_loss_embed({ count }),
  'file-skipped': (count) => m.import_loss_skipped({ count }),
  'file-unreadable': (count) => m.import_loss_unreadable({ count }),
  'author-as-text': (count) => m.import_loss_author({ count }),
};

export interface LossGroup {
  readonly kind: LossKind;
  readonly words: string;
  readonly losses: readonly Loss[];
}

export function groupLosses(losses: readonly Loss[]): readonly LossGroup[] {
  const kinds = Object.keys(WORDS) as LossKind[];
  return kinds.flatMap((kind) => {
    const group = losses.filter((loss) => loss.kind === kind);
    return group.length === 0 ? [] : [{ kind, words: WORDS[kind](group.length), losses: group }];
  });
}

/** The whole report as a text file, one loss a line. */
export function lossText(losses: readonly Loss[]): string {
  return groupLosses(losses)
    .map(
      ({ words, losses: group }) =>
        `${words}\n${group.map(({ path, subject }) => `  ${path}: ${subject}`).join('\n')}\n`,
    )
    .join('\n');
}
