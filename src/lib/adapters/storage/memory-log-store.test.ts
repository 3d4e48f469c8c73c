import { describeLogStore } from '../../log/log-store.contract.ts';
import { MemoryDisk, MemoryLogStore } from './memory-log-store.ts';

describeLogStore('MemoryLogStore', () => {
  const disk = new MemoryDisk();
  return { open: () => new MemoryLogStore(disk), remove: () => Promise.resolve() };
});
