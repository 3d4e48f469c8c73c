import { envelopeStoreContract } from './envelope-store.contract.ts';
import { MemoryEnvelopeStore } from './memory-envelope-store.ts';

envelopeStoreContract('memory', () => ({ store: new MemoryEnvelopeStore(), dispose: () => undefined }));
