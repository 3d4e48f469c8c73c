/** People whose devices run the whole of it, engine and documents, in a space whose newcomers read from their join on. */
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { createDocumentsSession } from '../documents/documents-session.ts';
import type { DocumentEdit, NewItem } from '../documents/document-edits.ts';
import { indexDocumentOf, newDocumentId } from '../documents/document-kind.ts';
import type { Documents } from '../documents/documents.ts';
import {
  contentOf,
  type BoardView,
  type ChannelView,
  type DocumentView,
  type IndexView,
  type PageNodeJson,
} from '../documents/views.ts';
import { Gathering } from '../engine/gathering.fixture.ts';
import { openEnvelope } from '../crypto/envelope-seal.ts';
import { heldEnvelope } from '../engine/held-envelope.ts';
import { replicaOfDisk } from '../engine/stolen-keys.fixture.ts';
import type { Device } from '../engine/world.fixture.ts';
import { World } from '../engine/world.fixture.ts';
import type { DocumentId, MemberId, SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';

const random = new SystemRandom();

/** A page of one paragraph for each line. */
export function pageOf(...lines: readonly string[]): PageNodeJson {
  const content = lines.map((line) => ({
    type: 'paragraph',
    ...(line === '' ? {} : { content: [{ type: 'text', text: line }] }),
  }));
  return { type: 'doc', content };
}

function textOf(node: PageNodeJson): string {
  if (typeof node['text'] === 'string') return node['text'];
  return ((node['content'] as readonly PageNodeJson[] | undefined) ?? []).map(textOf).join('');
}

export class Person {
  readonly name: string;
  readonly device: Device;
  readonly documents: Documents & { stop(): void };
  readonly space: SpaceId;
  readonly #world: World;

  constructor(name: string, device: Device, space: SpaceId, world: World) {
    this.name = name;
    this.device = device;
    this.space = space;
    this.#world = world;
    const clock = { nowMs: () => world.time.nowMs() + world.skewMs };
    this.documents = createDocumentsSession({ port: device.engine, clock, random, scheduler: world.time });
  }

  get engine() {
    return this.device.engine;
  }

  get index(): DocumentId {
    return indexDocumentOf(this.space);
  }

  /** Keeps the index on screen, as the sidebar does. */
  async arrive(): Promise<this> {
    unwrap(await this.documents.open(this.space, this.index));
    await this.#world.pass(5_000);
    return this;
  }

  async edit(document: DocumentId, edit: DocumentEdit): Promise<void> {
    unwrap(await this.documents.edit(this.space, document, edit));
    await this.save();
  }

  async add(kind: NewItem['kind'], title: string): Promise<DocumentId> {
    const document = newDocumentId(kind, random);
    await this.edit(this.index, { edit: 'item.add', document, kind, title, parent: null });
    return document;
  }

  async say(channel: DocumentId, text: string): Promise<void> {
    await this.edit(channel, { edit: 'message.send', id: `m${random.bytes(4).join('')}`, text });
  }

  async write(page: DocumentId, ...lines: readonly string[]): Promise<void> {
    unwrap(await this.documents.createPage(this.space, page, pageOf(...lines)));
    await this.save();
  }

  async save(): Promise<void> {
    await this.documents.flush();
    await this.#world.pass(1_000);
  }

  async see(document: DocumentId): Promise<DocumentView> {
    return unwrap(await this.documents.readView(this.space, document));
  }

  async list(): Promise<IndexView> {
    return (await this.see(this.index)) as IndexView;
  }

  async titles(): Promise<readonly string[]> {
    return (await this.list()).items.map(({ title }) => title);
  }

  async member(): Promise<MemberId> {
    const self = (await this.engine.spaces()).find(({ space }) => space === this.space);
    if (self === undefined) throw new Error(`${this.name} is in the space`);
    return self.member;
  }

  /** All that this device's keys open of everything it holds, as one text: Automerge keeps typed words as they are. */
  async everythingOpened(): Promise<string> {
    const { governance } = await replicaOfDisk(this.device.disk, this.space);
    const entries = this.device.disk.log.spaces.get(this.space)?.arrival ?? [];
    const bodies = entries.flatMap((entry) => {
      const opened = openEnvelope(heldEnvelope(entry), governance.keys.content);
      return opened.ok ? [new TextDecoder('latin1').decode(opened.value.body)] : [];
    });
    return bodies.join('\n');
  }

  async messages(channel: DocumentId): Promise<readonly string[]> {
    return ((await this.see(channel)) as ChannelView).messages.map(({ text }) => text);
  }

  async tasks(board: DocumentId): Promise<BoardView['tasks']> {
    return ((await this.see(board)) as BoardView).tasks;
  }

  /** The document that the item shows now. */
  async contentOf(item: DocumentId): Promise<DocumentId> {
    const found = (await this.list()).items.find(({ document }) => document === item);
    if (found === undefined) throw new Error(`${this.name} does not see the item`);
    return contentOf(found);
  }

  /** The lines of a page as its item shows it. */
  async lines(item: DocumentId): Promise<readonly string[]> {
    const view = await this.see(await this.contentOf(item));
    return view.kind === 'page' ? ((view.doc['content'] ?? []) as readonly PageNodeJson[]).map(textOf) : [];
  }
}

export class ClosedSpace {
  readonly world = new World();
  readonly gathering = new Gathering(this.world);
  readonly people: Person[] = [];
  readonly #cuts = new Map<Person, readonly (() => void)[]>();
  readonly #offline = new Set<Person>();
  #host: { readonly device: Device; readonly space: SpaceId } | undefined;

  /** Alice founds the space, lets Dave in, and closes the past. */
  async begin(): Promise<{ readonly alice: Person; readonly dave: Person }> {
    this.#host = await this.gathering.host('Alice');
    const alice = await this.#join('Alice', this.#host.device);
    await alice.edit(alice.index, { edit: 'space.rename', name: 'Barrage' });
    const dave = await this.admit('Dave');
    unwrap(await alice.engine.setHistoryFrom(alice.space, 'join'));
    await this.world.pass(8_000);
    return { alice, dave };
  }

  /** Cuts every link of a person; the returned function joins them with everybody again. */
  takeOffline(person: Person): () => void {
    for (const cut of this.#cuts.get(person) ?? []) cut();
    this.#offline.add(person);
    return () => {
      this.#offline.delete(person);
      for (const other of this.people) if (other !== person) this.#link(person, other);
    };
  }

  #link(one: Person, other: Person): void {
    const cut = this.world.join(one.device, other.device);
    for (const person of [one, other]) this.#cuts.set(person, [...(this.#cuts.get(person) ?? []), cut]);
  }

  /** Lets somebody in; all are linked with all. */
  async admit(name: string): Promise<Person> {
    if (this.#host === undefined) throw new Error('nobody hosts');
    const { device, cut } = await this.gathering.admit(this.#host, name, 'editor');
    const person = await this.#join(name, device);
    this.#cuts.set(person, [cut]);
    for (const other of this.people.slice(1, -1)) if (!this.#offline.has(other)) this.#link(other, person);
    await this.world.pass(8_000);
    return person;
  }

  close(): void {
    for (const { documents } of this.people) documents.stop();
    this.world.close();
  }

  async #join(name: string, device: Device): Promise<Person> {
    if (this.#host === undefined) throw new Error('nobody hosts');
    const person = new Person(name, device, this.#host.space, this.world);
    this.people.push(person);
    return person.arrive();
  }
}
