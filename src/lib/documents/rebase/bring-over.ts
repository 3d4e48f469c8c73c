/** Carries what was written in former documents into the one begun again from them, oldest first, through the log. */
import type { DocumentId, MemberId, SpaceId } from '../../foundation/ids.ts';
import { ok, type Result } from '../../foundation/result.ts';
import type { CarriedOver } from '../documents.ts';
import type { EngineSide } from '../entry-port.ts';
import { toPlainChunk } from '../gate/plain-chunk.ts';
import { OpenDocument } from '../open-document.ts';
import type { Opened } from '../open-documents.ts';
import { encodeUpdate } from '../update-body.ts';
import { readBasis } from './basis.ts';
import { carryOver, findLate, MIRROR_GENERATION } from './rebase.ts';

/** Nobody begins a document again so often; a circle of claims ends here. */
const MAX_GENERATIONS = 16;

export interface BringOverOptions {
  readonly space: SpaceId;
  readonly document: DocumentId;
  /** `own`: only when this device wrote all that is late. */
  readonly whose: 'own' | 'all';
  readonly port: Pick<EngineSide, 'append' | 'actorOf' | 'spaces'>;
  readonly open: <T>(document: DocumentId, work: (opened: Opened) => Promise<Result<T>>) => Promise<Result<T>>;
}

/** A device that cannot read the former document finds nothing, and does nothing. */
export function bringOver(options: BringOverOptions, depth = 0): Promise<Result<CarriedOver>> {
  const { document, open } = options;
  return open(document, async (target) => {
    const basis = target instanceof OpenDocument ? readBasis(target.doc, document) : undefined;
    if (!(target instanceof OpenDocument) || basis === undefined || depth > MAX_GENERATIONS)
      return ok({ waiting: [], formers: [] });
    const earlier = await bringOver({ ...options, document: basis.former }, depth + 1);
    if (!earlier.ok) return earlier;
    const carried = await open(basis.former, (source) =>
      source instanceof OpenDocument ? carry(target, source, options) : Promise.resolve(ok([])),
    );
    if (!carried.ok) return carried;
    const waiting = [...new Set([...earlier.value.waiting, ...carried.value])];
    return ok({ waiting, formers: [...earlier.value.formers, basis.former] });
  });
}

async function carry(
  target: OpenDocument,
  source: OpenDocument,
  { space, document, whose, port }: BringOverOptions,
): Promise<Result<readonly MemberId[]>> {
  const device = (await port.spaces()).find((each) => each.space === space)?.device;
  source.settle();
  const late = findLate(target.doc, source);
  const owners = late?.changes.map(({ actor }) => source.ownerOf(actor)) ?? [];
  if (late === undefined || device === undefined) return ok([]);
  if (whose === 'own' && owners.some((owner) => owner?.author !== device))
    return ok([...new Set(owners.flatMap((owner) => owner?.member ?? []))]);
  const chunks = carryOver(target.doc, {
    self: document,
    source,
    actor: await port.actorOf(device, document, MIRROR_GENERATION),
    isMirror: (actor) => target.ownerOf(actor)?.generation === MIRROR_GENERATION,
  });
  for (const chunk of chunks) {
    const body = encodeUpdate({ generation: MIRROR_GENERATION, chunk: toPlainChunk(chunk) });
    const appended = await port.append({ space, document, type: 'update', body });
    if (!appended.ok) return appended;
  }
  return ok([]);
}
