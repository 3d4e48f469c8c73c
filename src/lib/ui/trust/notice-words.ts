/** The alarms of the log in words a person understands [C4]: what happened, what it means, what to do. */
import type { NoticeView } from '$lib/engine/trust/trust-calls.ts';
import * as m from '$lib/paraglide/messages';

export interface NoticeWords {
  readonly title: string;
  readonly means: string;
  readonly todo: string;
}

export function noticeWords({ kind, name: given }: NoticeView, sinceDate: string): NoticeWords {
  const name = given === '' ? m.trust_notice_someone() : given;
  switch (kind) {
    case 'gap':
      return {
        title: m.trust_notice_gap({ name }),
        means: m.trust_notice_gap_means(),
        todo: m.trust_notice_gap_do({ name }),
      };
    case 'fork':
      return {
        title: m.trust_notice_fork({ name }),
        means: m.trust_notice_fork_means(),
        todo: m.trust_notice_fork_do({ name }),
      };
    case 'stale':
      return {
        title: m.trust_notice_stale({ date: sinceDate }),
        means: m.trust_notice_stale_means(),
        todo: m.trust_notice_stale_do(),
      };
    case 'own-fork':
      return {
        title: m.trust_notice_own_fork(),
        means: m.trust_notice_own_fork_means(),
        todo: m.trust_notice_own_fork_do(),
      };
    case 'wrong-box':
      return {
        title: m.trust_notice_wrong_box({ name }),
        means: m.trust_notice_wrong_box_means(),
        todo: m.trust_notice_wrong_box_do({ name }),
      };
  }
}
