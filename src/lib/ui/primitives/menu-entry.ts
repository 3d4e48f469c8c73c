import type { Component } from 'svelte';

/** What a menu shows: deeds, places, a choice among several, and words between them. */
export type MenuEntry =
  | {
      readonly kind: 'action';
      readonly label: string;
      readonly icon?: Component;
      readonly tone?: 'danger';
      readonly isDisabled?: boolean;
      readonly run: () => void;
    }
  | {
      readonly kind: 'link';
      readonly label: string;
      readonly note?: string;
      readonly icon?: Component;
      readonly href: string;
    }
  | { readonly kind: 'choice'; readonly label: string; readonly isChosen: boolean; readonly run: () => void }
  /** Short deeds side by side. */
  | { readonly kind: 'row'; readonly actions: readonly { readonly label: string; readonly run: () => void }[] }
  | { readonly kind: 'heading'; readonly label: string }
  | { readonly kind: 'line' };
