import FileText from '@lucide/svelte/icons/file-text';
import Hash from '@lucide/svelte/icons/hash';
import Kanban from '@lucide/svelte/icons/square-kanban';
import type { ItemKind } from '$lib/state/space.svelte.ts';

/** One sign per kind, everywhere. */
export const KIND_ICONS: Readonly<Record<ItemKind, typeof Hash>> = { page: FileText, board: Kanban, channel: Hash };
