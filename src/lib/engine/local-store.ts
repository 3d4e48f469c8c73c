/**
 * Rows that only this device needs: projections, search index, drafts, and the engine's own notes. Values arrive
 * sealed and keys as pseudorandom hex [V3]; table names are the program's own words and stand in clear.
 */
export interface LocalStore {
  put(table: string, key: string, value: Uint8Array): Promise<void>;
  find(table: string, key: string): Promise<Uint8Array | undefined>;
  delete(table: string, key: string): Promise<void>;
  /** Every row of every table. */
  erase(): Promise<void>;
}
