/** The relay's address as links carry it: a WebSocket URL without query or fragment. */
export function socketUrlOf(relayUrl: string): string | undefined {
  const url = relayUrl.trim().replace(/^http/u, 'ws').replace(/\/+$/u, '');
  return /^wss?:\/\/[^\s#?]+$/u.test(url) ? url : undefined;
}
