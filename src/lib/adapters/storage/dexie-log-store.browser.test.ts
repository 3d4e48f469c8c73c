import { describeLogStore } from '../../log/log-store.contract.ts';
import { ArchipelDatabase } from './database.ts';
import { DexieLogStore } from './dexie-log-store.ts';

describeLogStore('DexieLogStore in the browser', () => {
  const name = `log-store-${crypto.randomUUID()}`;
  const opened: ArchipelDatabase[] = [];
  return {
    open: () => {
      const database = new ArchipelDatabase(name);
      opened.push(database);
      return new DexieLogStore(database);
    },
    remove: () => {
      for (const database of opened) database.close();
      return Promise.resolve();
    },
  };
});
