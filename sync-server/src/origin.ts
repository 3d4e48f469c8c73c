/**
 * The origin that proofs are bound to [R1]. A configured one is the only one. Without it the relay answers for this
 * machine's own addresses, never for a name that a request merely claims: another relay could claim ours.
 */
import { networkInterfaces } from 'node:os';

export interface OriginRule {
  /** Of the settings, such as `wss://relay.example`. */
  readonly configured: string | undefined;
  readonly isOwnAddress: (address: string) => boolean;
}

/** The origin this relay may prove to who dialled `host`; undefined when it must not answer. */
export function originFor(host: string | undefined, rule: OriginRule): string | undefined {
  if (rule.configured !== undefined) return rule.configured;
  const url = host === undefined ? null : URL.parse(`ws://${host}`);
  if (url === null || url.host !== host?.toLowerCase()) return undefined;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  return name === 'localhost' || rule.isOwnAddress(name) ? `ws://${url.host}` : undefined;
}

export function isOwnInterface(address: string): boolean {
  if (/^127\.\d+\.\d+\.\d+$/.test(address) || address === '::1') return true;
  return Object.values(networkInterfaces()).some((each) => each?.some((found) => found.address === address));
}
