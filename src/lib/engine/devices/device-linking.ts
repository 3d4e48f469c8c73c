/**
 * One pairing at a time, on either side [I5]: where the two devices meet, what the giving one hands over, and what the new
 * one keeps before it says so. The way between them is any `PairingChannel`.
 */
import type { Clock } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import { kemKeyPairFromSeed } from '../../crypto/kem.ts';
import { asKey, type PairingSecret } from '../../crypto/keys.ts';
import { meetingSecretOf } from '../../crypto/pairing.ts';
import { decodePairingCode, formatPairingCode, PAIRING_SECRET_BYTES } from '../../protocol/pairing-code.ts';
import { MAX_DEVICE_NAME_BYTES } from '../../protocol/pairing-message.ts';
import type { EngineEvents } from '../engine-events.ts';
import type { Protection } from '../engine.ts';
import type { MailRoom } from '../mail-room.ts';
import { restoringSecrets, type Recovery } from '../ways-back/recovery.ts';
import type { Session } from '../session.ts';
import type { Spaces } from '../spaces.ts';
import type { OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import { newSecrets } from '../vault-secrets.ts';
import {
  decodeAnnouncedKeys,
  decodeDeviceGrant,
  encodeAnnouncedKeys,
  encodeDeviceGrant,
  MAX_ANNOUNCED,
} from './device-grant.ts';
import { MailChannel } from './mail-channel.ts';
import type { PairingChannel } from './pairing-channel.ts';
import { PairingGuest, type GuestProgress } from './pairing-guest.ts';
import { PairingHost, type HostProgress, type PairingWay } from './pairing-host.ts';

export type PairingState =
  | { readonly side: 'none' }
  | {
      readonly side: 'host';
      /** What the new device scans or pastes; empty when it is given digits or a direct link. */
      readonly code: string;
      /** What is typed on the new device instead. */
      readonly digits: string;
      readonly expiresAt: number;
      readonly progress: HostProgress;
    }
  | { readonly side: 'guest'; readonly progress: GuestProgress };

/** What a blank device decides before it becomes someone's. */
export interface GuestChoices {
  readonly protection: Protection;
  readonly deviceName: string;
}

export interface DeviceLinkingPorts {
  readonly session: Session;
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly recovery: Recovery;
  readonly mail: MailRoom;
  readonly events: EngineEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly origin: string;
  /** Awaited before anything is handed over. */
  readonly beforeGrant: () => Promise<void>;
  readonly onFault: OnFault;
}

const CODE_LIVES_MS = 10 * 60_000;
const ANSWER_TIMEOUT_MS = 20_000;

interface Running {
  readonly channel: PairingChannel;
  readonly end: PairingHost | PairingGuest;
  readonly cancelTimer: () => void;
}

export class DeviceLinking {
  readonly #ports: DeviceLinkingPorts;
  #state: PairingState = { side: 'none' };
  #running: Running | undefined;
  #relayUrl = '';

  constructor(ports: DeviceLinkingPorts) {
    this.#ports = ports;
  }

  get state(): PairingState {
    return this.#state;
  }

  /** Where a blank device meets the other; empty when it needs no relay now. */
  get relayUrl(): string {
    return this.#relayUrl;
  }

  /** Host: shows a code, or six digits to type, for ten minutes and one device. */
  async offer(kind: 'code' | 'digits'): Promise<Result<void>> {
    const { session, random, vault, mail } = this.#ports;
    if (!session.isOpen) return fail('locked');
    if (vault.secrets.relayUrl === '') return fail('relay-unreachable', 'no relay to meet at');
    await this.#ports.beforeGrant();
    this.stop();
    const relay = vault.secrets.relayUrl;
    const digits = kind === 'digits' ? sixDigits(random) : '';
    const secret = digits === '' ? newPairingSecret(random) : meetingSecretOf(digits);
    const code = digits === '' ? formatPairingCode(this.#ports.origin, { secret, relay }) : '';
    const channel = new MailChannel(mail, { secret, side: 'host', random });
    this.#host(channel, kind === 'code' ? { kind, secret } : { kind }, { code, digits });
    return ok(undefined);
  }

  typeDigits(typed: string): Result<void> {
    const end = this.#running?.end;
    return end instanceof PairingHost ? end.typeDigits(typed) : fail('pairing-digits');
  }

  /** Guest: from what was scanned, pasted or typed. Progress follows as events. */
  async accept(given: string, choices: GuestChoices & { readonly relayUrl: string }): Promise<Result<void>> {
    const isBlank = await this.#ports.session.state();
    if (isBlank.kind !== 'blank' && isBlank.kind !== 'wiped') return fail('already-set-up');
    const typed = given.replace(/\s/gu, '');
    const isDigits = /^\d{6}$/u.test(typed);
    const code = isDigits ? ok({ secret: meetingSecretOf(typed), relay: choices.relayUrl }) : decodePairingCode(given);
    if (!code.ok) return code;
    const relay = code.value.relay === '' ? choices.relayUrl : code.value.relay;
    if (relay === '') return fail('relay-unreachable', 'no relay to meet at');
    this.stop();
    this.#relayUrl = relay;
    const { mail, random } = this.#ports;
    const secret = asKey<PairingSecret>(code.value.secret);
    const channel = new MailChannel(mail, { secret, side: 'guest', random });
    this.#guest(channel, isDigits ? { kind: 'digits' } : { kind: 'code', secret }, choices);
    await this.#ports.session.tell();
    return ok(undefined);
  }

  confirm(): void {
    if (this.#running?.end instanceof PairingGuest) this.#running.end.confirm();
  }

  /** Both ends hold `secret` already, and the way between them is open. */
  async over(
    channel: PairingChannel,
    given:
      | { readonly side: 'host'; readonly secret: Uint8Array }
      | ({ readonly side: 'guest'; readonly secret: Uint8Array } & GuestChoices),
  ): Promise<Result<void>> {
    const way: PairingWay = { kind: 'code', secret: asKey<PairingSecret>(given.secret.slice()) };
    if (given.side === 'guest') {
      const { kind } = await this.#ports.session.state();
      if (kind !== 'blank' && kind !== 'wiped') return fail('already-set-up');
      this.stop();
      this.#guest(channel, way, given);
      return ok(undefined);
    }
    if (!this.#ports.session.isOpen) return fail('locked');
    await this.#ports.beforeGrant();
    this.stop();
    this.#host(channel, way, { code: '', digits: '' });
    return ok(undefined);
  }

  /** Ends what is under way and forgets how it went. */
  stop(): void {
    this.#running?.end.stop('cancelled');
    this.#end();
    this.#relayUrl = '';
    if (this.#state.side !== 'none') this.#become({ side: 'none' });
  }

  #host(channel: PairingChannel, way: PairingWay, shown: { readonly code: string; readonly digits: string }): void {
    const { clock, scheduler, random, onFault } = this.#ports;
    const expiresAt = clock.nowMs() + CODE_LIVES_MS;
    const show = (progress: HostProgress): void => this.#become({ side: 'host', ...shown, expiresAt, progress });
    const end = new PairingHost({
      channel,
      way,
      random,
      makeGrant: () => this.#makeGrant(),
      onKept: (announced) => this.#addDevice(announced),
      onProgress: (progress) => {
        if (progress.step === 'done' || progress.step === 'failed') this.#end();
        show(progress);
      },
      onFault,
    });
    const cancelTimer = scheduler.after(CODE_LIVES_MS, () => end.stop('pairing-expired'));
    this.#running = { channel, end, cancelTimer };
    show({ step: 'waiting' });
  }

  #guest(channel: PairingChannel, way: PairingWay, choices: GuestChoices): void {
    const { scheduler, random, onFault } = this.#ports;
    const show = (progress: GuestProgress): void => this.#become({ side: 'guest', progress });
    show({ step: 'asking' });
    const end = new PairingGuest({
      channel,
      way,
      random,
      name: shortened(choices.deviceName),
      keep: (grant) => this.#keep(grant, choices),
      onProgress: (progress) => {
        if (progress.step === 'done' || progress.step === 'failed') this.#end();
        show(progress);
      },
      onFault,
    });
    const cancelTimer = scheduler.after(ANSWER_TIMEOUT_MS, () => {
      if (end.isUnanswered) end.stop('pairing-unanswered');
    });
    this.#running = { channel, end, cancelTimer };
  }

  #makeGrant(): Result<Uint8Array> {
    const { vault, recovery } = this.#ports;
    if (!vault.isOpen) return fail('locked');
    const { entropy, language, name, areWordsConfirmed, relayUrl } = vault.secrets;
    return ok(encodeDeviceGrant({ entropy, language, name, areWordsConfirmed, relayUrl, spaces: recovery.listed() }));
  }

  /** Keys and list become durable before the other device hears of them. */
  async #keep(bytes: Uint8Array, { protection, deviceName }: GuestChoices): Promise<Result<Uint8Array>> {
    const { session, random, recovery } = this.#ports;
    const grant = decodeDeviceGrant(bytes);
    if (!grant.ok) return grant;
    const { entropy, language, name, areWordsConfirmed, relayUrl, spaces: listed } = grant.value;
    const spaces = listed.map((each) => restoringSecrets(entropy, each, random));
    const personal = listed.find((each) => each.isPersonal === true)?.space;
    const created = await session.create(
      {
        ...newSecrets(entropy, language),
        name,
        areWordsConfirmed,
        relayUrl,
        spaces,
        own: { space: personal, deviceName: shortened(deviceName) },
      },
      protection,
    );
    if (!created.ok) return created;
    this.#relayUrl = '';
    const announced = spaces.slice(0, MAX_ANNOUNCED);
    recovery.expectAddition(announced.map(({ space }) => space));
    return ok(
      encodeAnnouncedKeys(
        announced.map(({ space, fresh }) => ({
          space,
          device: fresh.device,
          kem: kemKeyPairFromSeed(fresh.kem).publicKey,
        })),
      ),
    );
  }

  /** Where this device may not, or is not ready, the new one adds itself by the recovery device. */
  async #addDevice(bytes: Uint8Array): Promise<void> {
    const announced = decodeAnnouncedKeys(bytes);
    for (const { space, device, kem } of announced.ok ? announced.value : []) {
      const replica = this.#ports.spaces.find(space);
      if (replica?.isReady !== true) continue;
      const added = await replica.writer.operate({ op: 'device.add', keys: { device, kem }, name: '' });
      if (added.ok) await replica.writer.supplyBoxes();
    }
  }

  #end(): void {
    this.#running?.cancelTimer();
    this.#running?.channel.close();
    this.#running = undefined;
  }

  #become(state: PairingState): void {
    this.#state = state;
    this.#ports.events.emit({ kind: 'pairing', pairing: state });
  }
}

function newPairingSecret(random: Random): PairingSecret {
  return asKey<PairingSecret>(random.bytes(PAIRING_SECRET_BYTES));
}

function sixDigits(random: Random): string {
  const value = random.bytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 1_000_000).padStart(6, '0');
}

function shortened(name: string): string {
  let short = name.trim().normalize('NFC');
  while (new TextEncoder().encode(short).length > MAX_DEVICE_NAME_BYTES) short = short.slice(0, -1);
  return short;
}
