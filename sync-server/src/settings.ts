/** Flags first (`--port 8787`), then environment (`ARCHIPEL_PORT`), then defaults. The only place that knows both. */
import { parseArgs } from 'node:util';
import { fail, ok } from '../../src/lib/foundation/result.ts';
import type { Result } from '../../src/lib/foundation/result.ts';
import { DEFAULT_LIMITS, flagOfLimit, LIMIT_NAMES } from './limits.ts';
import type { LimitName, Limits } from './limits.ts';

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Folder of the database and the relay's own key. */
  readonly data: string;
  /** Folder of the built app; undefined serves the relay alone. */
  readonly app: string | undefined;
  /** The address people use, such as `https://relay.example`; binds proofs to it [R1]. Undefined: this machine's own. */
  readonly origin: string | undefined;
  /** Who may create spaces: everybody, or holders of a voucher. */
  readonly creation: { readonly mode: 'open' } | { readonly mode: 'voucher'; readonly vouchers: readonly string[] };
  /** The proxy in front sets X-Forwarded-For, and its last entry is the client. */
  readonly isBehindProxy: boolean;
  /** Grants /metrics to others than loopback. */
  readonly metricsToken: string | undefined;
  /** Write a consistent copy of the database there, and end. */
  readonly backup: string | undefined;
  readonly limits: Limits;
}

const TEXT_FLAGS = ['host', 'port', 'data', 'app', 'origin', 'vouchers', 'metrics-token', 'backup'] as const;
const SWITCHES = ['behind-proxy'] as const;

type Flags = Readonly<Record<string, unknown>>;

export function parseSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<Settings> {
  const flags = parseFlags(args);
  if (!flags.ok) return flags;
  const text = (name: string): string | undefined => {
    const flag = flags.value[name];
    const value = typeof flag === 'string' ? flag : environment[`ARCHIPEL_${name.replaceAll('-', '_').toUpperCase()}`];
    return value === '' ? undefined : value;
  };
  const port = wholeNumber(text('port') ?? '8787', 65_535);
  if (port === undefined) return fail('malformed', '--port is a number from 0 to 65535');
  const origin = parseOrigin(text('origin'));
  if (!origin.ok) return origin;
  const limits = parseLimits(text);
  if (!limits.ok) return limits;
  const vouchers = (text('vouchers') ?? '').split(',').filter((each) => each !== '');
  return ok({
    host: text('host') ?? '127.0.0.1',
    port,
    data: text('data') ?? '.data',
    app: text('app'),
    origin: origin.value,
    creation: vouchers.length === 0 ? { mode: 'open' } : { mode: 'voucher', vouchers },
    isBehindProxy: flags.value['behind-proxy'] === true || environment.ARCHIPEL_BEHIND_PROXY === '1',
    metricsToken: text('metrics-token'),
    backup: text('backup'),
    limits: limits.value,
  });
}

function parseFlags(args: readonly string[]): Result<Flags> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const name of [...TEXT_FLAGS, ...LIMIT_NAMES.map(flagOfLimit)]) options[name] = { type: 'string' };
  for (const name of SWITCHES) options[name] = { type: 'boolean' };
  try {
    return ok(parseArgs({ args: [...args], options, strict: true }).values);
  } catch (cause) {
    return fail('malformed', cause instanceof Error ? cause.message : 'unreadable flags');
  }
}

function parseLimits(text: (name: string) => string | undefined): Result<Limits> {
  const limits: Record<LimitName, number> = { ...DEFAULT_LIMITS };
  for (const name of LIMIT_NAMES) {
    const given = text(flagOfLimit(name));
    if (given === undefined) continue;
    const value = wholeNumber(given, Number.MAX_SAFE_INTEGER);
    if (value === undefined) return fail('malformed', `--${flagOfLimit(name)} is a whole number`);
    limits[name] = value;
  }
  return ok(limits);
}

function parseOrigin(given: string | undefined): Result<string | undefined> {
  if (given === undefined) return ok(undefined);
  const url = URL.parse(given);
  if (url === null || !/^(https?|wss?):$/.test(url.protocol))
    return fail('malformed', '--origin is an address such as https://relay.example');
  return ok(`${url.protocol.replace('http', 'ws')}//${url.host}`);
}

function wholeNumber(text: string, max: number): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return value <= max ? value : undefined;
}
