/** Where the shared test data lies; it is never copied into the project. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export function testDataFolder(): string {
  return process.env['ARCHIPEL_TEST_DATA'] ?? join(ROOT, '..', 'shared', 'data');
}

/** The text of a file of the test data, or null (with a plain word about it) where the data is absent. */
export function readTestData(path: string): string | null {
  const whole = join(testDataFolder(), path);
  if (existsSync(whole)) return readFileSync(whole, 'utf8');
  console.warn(`Test data absent: ${whole}. Set ARCHIPEL_TEST_DATA to check against it.`);
  return null;
}
