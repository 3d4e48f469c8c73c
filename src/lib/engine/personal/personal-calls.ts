/** Personal records for the rest of the program: read markers, drafts and settings that follow a person between devices. */
import { fail, type Result } from '../../foundation/result.ts';
import type { EngineEvents } from '../engine-events.ts';
import type { Session } from '../session.ts';
import type { PersonalRecords } from './personal-records.ts';

export interface PersonalEngineCalls {
  /** Kept on this device, sealed, and told to the person's other devices. At most 64 KiB. */
  putPersonal(table: string, key: string, value: Uint8Array): Promise<Result<void>>;
  getPersonal(table: string, key: string): Promise<Uint8Array | undefined>;
  allPersonal(table: string): Promise<ReadonlyMap<string, Uint8Array>>;
  deletePersonal(table: string, key: string): Promise<Result<void>>;
}

export type PersonalEvent = {
  readonly kind: 'personal';
  readonly table: string;
  readonly keys: readonly string[];
  /** `foreign`: another device of this person said so. */
  readonly origin: 'own' | 'foreign';
};

/** The program's tables never meet the engine's own. */
const APP_PREFIX = 'app-';

export class PersonalCalls implements PersonalEngineCalls {
  readonly #session: Session;
  readonly #records: PersonalRecords;

  constructor(session: Session, records: PersonalRecords) {
    this.#session = session;
    this.#records = records;
  }

  putPersonal(table: string, key: string, value: Uint8Array): Promise<Result<void>> {
    return this.#session.isOpen ? this.#records.put(APP_PREFIX + table, key, value) : Promise.resolve(fail('locked'));
  }

  getPersonal(table: string, key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#records.find(APP_PREFIX + table, key));
  }

  allPersonal(table: string): Promise<ReadonlyMap<string, Uint8Array>> {
    return Promise.resolve(this.#records.all(APP_PREFIX + table));
  }

  deletePersonal(table: string, key: string): Promise<Result<void>> {
    return this.#session.isOpen ? this.#records.delete(APP_PREFIX + table, key) : Promise.resolve(fail('locked'));
  }
}

/** Only what the program itself put there is told. */
export function tellPersonalChanges(records: PersonalRecords, events: EngineEvents): void {
  records.onChange(({ table, keys, origin }) => {
    if (table.startsWith(APP_PREFIX))
      events.emit({ kind: 'personal', table: table.slice(APP_PREFIX.length), keys, origin });
  });
}
