import { describe, expect, test } from 'vitest';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { DEFAULT_LIMITS, flagOfLimit, LIMIT_NAMES } from './limits.ts';
import { parseSettings } from './settings.ts';

describe('settings', () => {
  test('nothing given: this machine only, open creation, the default limits', () => {
    const settings = unwrap(parseSettings([], {}));
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      data: '.data',
      creation: { mode: 'open' },
      isBehindProxy: false,
    });
    expect(settings.app).toBeUndefined();
    expect(settings.limits).toEqual(DEFAULT_LIMITS);
  });

  test('a flag wins over the environment, the environment over the default', () => {
    const settings = unwrap(parseSettings(['--port', '9000'], { ARCHIPEL_PORT: '7000', ARCHIPEL_HOST: '0.0.0.0' }));
    expect(settings).toMatchObject({ port: 9000, host: '0.0.0.0' });
  });

  test('[R5] every limit has a setting, by flag and by environment', () => {
    for (const name of LIMIT_NAMES) {
      const flag = flagOfLimit(name);
      expect(unwrap(parseSettings([`--${flag}`, '7'], {})).limits[name]).toBe(7);
      expect(
        unwrap(parseSettings([], { [`ARCHIPEL_${flag.replaceAll('-', '_').toUpperCase()}`]: '8' })).limits[name],
      ).toBe(8);
    }
  });

  test('the public address is kept as the socket sees it', () => {
    expect(unwrap(parseSettings(['--origin', 'https://Relay.example/app'], {})).origin).toBe('wss://relay.example');
    expect(unwrap(parseSettings(['--origin', 'http://relay.local:8080'], {})).origin).toBe('ws://relay.local:8080');
  });

  test('vouchers close the creation of spaces to others', () => {
    expect(unwrap(parseSettings(['--vouchers', 'pear,plum'], {})).creation).toEqual({
      mode: 'voucher',
      vouchers: ['pear', 'plum'],
    });
  });

  test.each([
    ['--port', 'x'],
    ['--port', '70000'],
    ['--origin', 'nowhere'],
    ['--origin', 'file:///x'],
    ['--limit-sockets', '-1'],
    ['--limit-sockets', '1e3'],
    ['--nonsense', '1'],
    ['stray'],
  ])('%s %s is refused', (...args) => {
    expect(parseSettings(args, {}).ok).toBe(false);
  });
});
