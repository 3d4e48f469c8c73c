/** Plain HTTP: the app, /health and /metrics. GET and HEAD only; every response carries the security headers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppFile, AppFiles } from './app-files.ts';

export interface HttpPorts {
  readonly app: AppFiles;
  readonly isHealthy: () => boolean;
  readonly metricsText: () => string;
  readonly metricsToken: string | undefined;
  readonly isTls: boolean;
}

const YEAR_SECONDS = 31_536_000;

export function createHttpHandler(ports: HttpPorts): (request: IncomingMessage, response: ServerResponse) => void {
  const security = securityHeaders(ports);
  return (request, response) => {
    for (const [name, value] of security) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      sendText(request, response, 405, 'method not allowed\n');
      return;
    }
    const path = pathOf(request.url ?? '/');
    if (path === '/health')
      sendText(request, response, ports.isHealthy() ? 200 : 503, ports.isHealthy() ? 'ok\n' : 'stopping\n');
    else if (path === '/metrics') sendMetrics(request, response, ports);
    else sendApp(request, response, { app: ports.app, path });
  };
}

/** The page's own policy for every response, so that workers have it too, and what only a header can say. */
function securityHeaders({ app, isTls }: HttpPorts): readonly (readonly [string, string])[] {
  const policy = app.policy ?? "default-src 'none'";
  return [
    ['Content-Security-Policy', `${policy}; frame-ancestors 'none'`],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ['Referrer-Policy', 'no-referrer'],
    [
      'Permissions-Policy',
      'accelerometer=(), browsing-topics=(), camera=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()',
    ],
    ...(isTls ? ([['Strict-Transport-Security', `max-age=${YEAR_SECONDS}`]] as const) : []),
  ];
}

/** Undefined for what is not a plain absolute path. */
function pathOf(target: string): string | undefined {
  if (!target.startsWith('/') || target.startsWith('//')) return undefined;
  const [raw = ''] = target.split(/[?#]/, 1);
  try {
    const path = decodeURIComponent(raw);
    return path.includes('\0') || path.includes('\\') || path.split('/').includes('..') ? undefined : path;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function sendApp(
  request: IncomingMessage,
  response: ServerResponse,
  { app, path }: { app: AppFiles; path: string | undefined },
): void {
  if (path === undefined) {
    sendText(request, response, 400, 'bad path\n');
    return;
  }
  const file = app.files.get(path);
  // A missing asset must not become the page: a worker or a style sheet would be misread.
  const isAddress = file === undefined && !path.startsWith('/_app/') && !/\.[^/]*$/.test(path);
  const found = file ?? (isAddress ? app.page : undefined);
  if (found === undefined) sendText(request, response, 404, 'not found\n');
  else sendFile(request, response, found);
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: AppFile): void {
  response.setHeader('Cache-Control', file.isImmutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
  response.setHeader('ETag', file.etag);
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end();
    return;
  }
  const { encoding, body } = bestOf(file, request.headers['accept-encoding']);
  response.setHeader('Content-Type', file.type);
  response.setHeader('Content-Length', body.length);
  if (encoding !== undefined) response.setHeader('Content-Encoding', encoding);
  response.writeHead(200).end(request.method === 'HEAD' ? undefined : body);
}

function bestOf(
  file: AppFile,
  accepted: string | undefined,
): { readonly encoding: string | undefined; readonly body: Buffer } {
  const accepts = (encoding: string): boolean =>
    (accepted ?? '').split(',').some((each) => {
      const [name = '', quality = ''] = each.split(';');
      return name.trim().toLowerCase() === encoding && !/q=0(\.0*)?$/.test(quality.trim());
    });
  if (file.br !== undefined && accepts('br')) return { encoding: 'br', body: file.br };
  if (file.gzip !== undefined && accepts('gzip')) return { encoding: 'gzip', body: file.gzip };
  return { encoding: undefined, body: file.plain };
}

/** From this machine without a proxy in between, or with the operator's token. */
function sendMetrics(request: IncomingMessage, response: ServerResponse, ports: HttpPorts): void {
  const isLocal = isLoopback(request.socket.remoteAddress) && request.headers['x-forwarded-for'] === undefined;
  const token = ports.metricsToken;
  const hasToken = token !== undefined && request.headers.authorization === `Bearer ${token}`;
  if (!isLocal && !hasToken) {
    sendText(request, response, 404, 'not found\n');
    return;
  }
  response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(200).end(request.method === 'HEAD' ? undefined : ports.metricsText());
}

export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(address);
}

function sendText(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status).end(request.method === 'HEAD' ? undefined : text);
}
