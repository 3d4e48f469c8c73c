/**
 * One space as the screens need it: its index, its members, its sync, and the edits of its index by name. Made by the
 * space's layout, reached by everything below through the context.
 */
import type { IndexEdit } from '$lib/documents/document-edits.ts';
import type { IndexItem, IndexView } from '$lib/documents/views.ts';
import type { Engine, SpaceSummary } from '$lib/engine/engine.ts';
import type { DocumentId, SpaceId } from '$lib/foundation/ids.ts';
import type { Failure, Result } from '$lib/foundation/result.ts';
import type { DocumentViews, LiveDocument } from './document-view.svelte.ts';
import { isAtLeast, Members, type Role } from './members.svelte.ts';
import { newDocument } from './new-ids.ts';
import { Reading } from './reading.svelte.ts';
import { Stewardship } from './stewardship.svelte.ts';

export type ItemKind = IndexItem['kind'];

export class Space {
  readonly id: SpaceId;
  readonly members: Members;
  readonly stewardship: Stewardship;
  readonly reading: Reading;
  readonly #index: LiveDocument<'index'>;
  readonly #summary: () => SpaceSummary;
  #wasReady = false;

  constructor(engine: Engine, views: DocumentViews, summary: () => SpaceSummary) {
    const { space, index } = summary();
    this.id = space;
    this.#summary = summary;
    this.members = new Members(engine, space);
    this.stewardship = new Stewardship(engine, space);
    this.reading = new Reading(engine, space, () => this.items);
    this.#index = views.get({ space, document: index, kind: 'index' });
  }

  get index(): DocumentId {
    return this.#summary().index;
  }
  get role(): Role {
    return this.#summary().role;
  }
  get memberCount(): number {
    return this.#summary().memberCount;
  }
  /** Once in, always in: who is removed reads on what had come. */
  get isReady(): boolean {
    this.#wasReady ||= this.#summary().isReady || this.isDeviceOut;
    return this.#wasReady;
  }
  /** False once this person was removed or left: what had come stays, nothing new does. */
  get isMember(): boolean {
    return this.members.self?.isActive !== false && !this.isDeviceOut;
  }
  /** This device was put out, by the person herself from another one. */
  get isDeviceOut(): boolean {
    const { device } = this.#summary();
    return this.members.self?.devices.some((each) => each.device === device && !each.isActive) === true;
  }
  get canEdit(): boolean {
    return this.isMember && isAtLeast(this.role, 'editor');
  }
  get canAdminister(): boolean {
    return this.isMember && isAtLeast(this.role, 'admin');
  }
  get view(): IndexView | undefined {
    return this.#index.view;
  }
  get failure(): Failure | undefined {
    return this.#index.failure;
  }
  get name(): string {
    return this.view?.name ?? '';
  }
  get items(): readonly IndexItem[] {
    return this.view?.items ?? [];
  }
  itemsOf(kind: ItemKind): readonly IndexItem[] {
    return this.items.filter((item) => item.kind === kind && item.trashedAt === undefined);
  }
  get trashed(): readonly IndexItem[] {
    return this.items.filter((item) => item.trashedAt !== undefined);
  }
  /** By the item's own id, or by that of the document it shows. */
  find(document: string): IndexItem | undefined {
    return this.items.find((item) => item.document === document || item.content === document);
  }

  edit(edit: IndexEdit): Promise<Result<void>> {
    return this.#index.edit(edit);
  }

  /** Adds an empty item and gives its id, ready to be opened. */
  async add(kind: ItemKind, title: string, parent: DocumentId | null = null): Promise<Result<DocumentId>> {
    const document = newDocument(kind);
    const added = await this.edit({ edit: 'item.add', document, kind, title, parent });
    return added.ok ? { ok: true, value: document } : added;
  }
}
