import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newDataFolder, startRelay } from './relay-process.fixture.ts';
import type { RelayProcess } from './relay-process.fixture.ts';

const POLICY = "default-src 'none'; script-src 'self'";
const PAGE = `<!doctype html><meta http-equiv="content-security-policy" content="${POLICY}"><title>Archipel</title>`;
const SCRIPT = 'export const answer = 42;'.repeat(100);
const data = newDataFolder();
const app = mkdtempSync(join(tmpdir(), 'archipel-app-'));
let relay: RelayProcess;

beforeAll(async () => {
  mkdirSync(join(app, '_app/immutable'), { recursive: true });
  writeFileSync(join(app, 'index.html'), PAGE);
  writeFileSync(join(app, 'service-worker.js'), 'self');
  writeFileSync(join(app, '.built-from'), 'secret');
  writeFileSync(join(app, '_app/immutable/a.js'), SCRIPT);
  writeFileSync(join(app, '_app/immutable/a.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(app, '_app/immutable/a.js.gz'), gzipSync(SCRIPT));
  writeFileSync(join(app, '_app/immutable/b.wasm'), Uint8Array.of(0, 97, 115, 109));
  relay = await startRelay(data.path, ['--app', app, '--metrics-token', 'sesame', '--vouchers', 'x']);
});
afterAll(async () => {
  await relay.kill('SIGTERM');
  data.remove();
  rmSync(app, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Without a client that tidies the path first. */
function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: relay.port, path, agent: false, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('HTTP', () => {
  test('every response carries the page’s own policy and the other security headers', async () => {
    for (const path of [
      '/',
      '/spaces/abc',
      '/service-worker.js',
      '/_app/immutable/a.js',
      '/missing.js',
      '/health',
      '/metrics',
      '/%zz',
    ]) {
      const { headers } = await ask(path);
      expect(headers['content-security-policy']).toBe(`${POLICY}; frame-ancestors 'none'`);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(headers['permissions-policy']).toContain('geolocation=()');
    }
  });

  test('an address of the app is the page, never cached blindly; a missing asset is missing', async () => {
    const page = await ask('/spaces/abc?x=1');
    expect(page).toMatchObject({ status: 200, body: Buffer.from(PAGE) });
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    expect((await ask('/', { headers: { 'if-none-match': page.headers.etag ?? '' } })).status).toBe(304);
    for (const path of ['/_app/immutable/gone', '/gone.js', '/.built-from', '/_app/immutable/a.js.br'])
      expect((await ask(path)).status).toBe(404);
  });

  test('assets: type, compression for who accepts it, and a year of cache where the name holds a hash', async () => {
    const encodings = async (accept: string): Promise<string | undefined> =>
      (await ask('/_app/immutable/a.js', { headers: { 'accept-encoding': accept } })).headers['content-encoding'];
    expect(await encodings('gzip, deflate, br')).toBe('br');
    expect(await encodings('gzip, br;q=0')).toBe('gzip');
    expect(await encodings('identity')).toBeUndefined();
    const plain = await ask('/_app/immutable/a.js');
    expect(plain.body.toString()).toBe(SCRIPT);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await ask('/_app/immutable/b.wasm')).headers['content-type']).toBe('application/wasm');
  });

  test.each([
    '/../relay.key',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/relay.sqlite',
    '/a\\..\\b',
    '//etc/passwd',
    '/%00',
    '/%zz',
    'http://elsewhere/',
  ])('%s leads nowhere', async (path) => {
    expect((await ask(path)).status).toBe(400);
  });

  test('HEAD answers without a body; other methods are refused', async () => {
    const head = await ask('/', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(head.headers['content-length']).toBe(String(PAGE.length));
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await ask('/', { method })).status).toBe(405);
  });

  test('[R6] health for everyone; metrics for this machine or who holds the token', async () => {
    expect((await ask('/health')).body.toString()).toBe('ok\n');
    expect((await ask('/metrics')).body.toString()).toMatch(/^# HELP archipel_appends_total /);
    const proxied = { 'x-forwarded-for': '203.0.113.9' };
    expect((await ask('/metrics', { headers: proxied })).status).toBe(404);
    expect((await ask('/metrics', { headers: { ...proxied, authorization: 'Bearer sesame' } })).status).toBe(200);
    expect((await ask('/metrics', { headers: { ...proxied, authorization: 'Bearer guess' } })).status).toBe(404);
  });
});
