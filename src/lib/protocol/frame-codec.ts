/** How one kind of frame becomes fields and back; the tables of `sync-frames.ts` and `relay-frames.ts` are made of these. */
import type { CborField } from './cbor.ts';
import type { CborRecord } from './cbor-record.ts';

export interface FrameCodec<F> {
  /** The leading byte on the wire: frozen. */
  readonly byte: number;
  write(frame: F): readonly CborField[];
  read(record: CborRecord): F;
}

export type FrameCodecs<F extends { readonly kind: string }> = {
  readonly [K in F['kind']]: FrameCodec<Extract<F, { readonly kind: K }>>;
};
