/** What someone who asked to be let in reads, from the first minute to the verdict. */
import type { JoiningView } from '$lib/engine/trust/trust-calls.ts';
import * as m from '$lib/paraglide/messages';

interface Words {
  readonly title: string;
  readonly text: string;
}

/** Without a view, this device waits for its keys and not for a person: it was restored, or was let in already. */
export function joiningWords(view: JoiningView | undefined): Words {
  if (view === undefined) return { title: m.onboarding_waiting_title(), text: m.onboarding_waiting_text() };
  const host = view.host === '' ? m.trust_waiting_host() : view.host;
  switch (view.state) {
    case 'waiting':
      return {
        title: m.trust_waiting_title(),
        text: view.approve ? m.trust_waiting_ask({ host }) : m.trust_waiting_text({ host }),
      };
    case 'compare':
      return { title: m.trust_compare_title({ host }), text: m.trust_compare_text({ host }) };
    case 'admitted':
      return { title: m.trust_joining_admitted_title(), text: m.trust_joining_admitted_text() };
    case 'refused':
      return { title: m.trust_joining_refused_title(), text: m.trust_joining_refused_text({ host }) };
    case 'used':
      return { title: m.trust_joining_used_title(), text: m.trust_joining_used_text({ host }) };
    case 'expired':
      return { title: m.trust_joining_expired_title(), text: m.trust_joining_expired_text({ host }) };
    case 'revoked':
      return { title: m.trust_joining_revoked_title(), text: m.trust_joining_revoked_text({ host }) };
  }
}
