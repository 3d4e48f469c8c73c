/**
 * The signalling protocol of y-webrtc (subscribe, unsubscribe, publish, ping), bounded. Topics are opaque names derived from
 * an epoch; what is published is sealed by its senders. Pure: sockets are given as `SignalSocket`.
 */
import type { Clock } from '../../src/lib/foundation/clock.ts';
import { Allowance } from './allowance.ts';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';

export interface SignalSocket {
  send(text: string): void;
  close(): void;
}

interface Participant {
  readonly socket: SignalSocket;
  readonly topics: Set<string>;
  readonly allowance: Allowance;
}

const MAX_TOPIC_CHARS = 128;
const MAX_STRIKES = 16;

export class SignalRoom {
  readonly #ports: { readonly limits: Limits; readonly clock: Clock; readonly metrics: Metrics };
  readonly #topics = new Map<string, Set<Participant>>();

  constructor(ports: { readonly limits: Limits; readonly clock: Clock; readonly metrics: Metrics }) {
    this.#ports = ports;
  }

  get topicCount(): number {
    return this.#topics.size;
  }

  /** What to call with each text message, and when the socket is gone. */
  join(socket: SignalSocket): { readonly receive: (text: string) => void; readonly leave: () => void } {
    const { limits, clock, metrics } = this.#ports;
    const allowance = new Allowance({ perSecond: limits.signalPerSecond, burst: limits.signalBurst }, clock.nowMs());
    const participant: Participant = { socket, topics: new Set(), allowance };
    let strikes = 0;
    return {
      receive: (text) => {
        if (!allowance.take(1, clock.nowMs())) metrics.add('limited');
        else if (!this.#take(participant, text) && ++strikes >= MAX_STRIKES) socket.close();
      },
      leave: () => this.#unsubscribe(participant, [...participant.topics]),
    };
  }

  /** False for what no client of the protocol sends. */
  #take(participant: Participant, text: string): boolean {
    if (text.length > this.#ports.limits.signalBytes) return false;
    const message = parseMessage(text);
    switch (message?.type) {
      case 'subscribe':
        return this.#subscribe(participant, message.topics);
      case 'unsubscribe':
        this.#unsubscribe(participant, topicsOf(message.topics));
        return true;
      case 'publish':
        return this.#publish(participant, message);
      case 'ping':
        participant.socket.send('{"type":"pong"}');
        return true;
      default:
        return false;
    }
  }

  #subscribe(participant: Participant, given: unknown): boolean {
    const { signalTopicsPerSocket, signalSocketsPerTopic } = this.#ports.limits;
    for (const topic of topicsOf(given)) {
      const members = this.#topics.get(topic) ?? new Set();
      const isFull = participant.topics.size >= signalTopicsPerSocket || members.size >= signalSocketsPerTopic;
      if (isFull && !members.has(participant)) return false;
      members.add(participant);
      participant.topics.add(topic);
      this.#topics.set(topic, members);
    }
    return Array.isArray(given);
  }

  #unsubscribe(participant: Participant, topics: readonly string[]): void {
    for (const topic of topics) {
      participant.topics.delete(topic);
      const members = this.#topics.get(topic);
      members?.delete(participant);
      if (members?.size === 0) this.#topics.delete(topic);
    }
  }

  /** Only to a topic one listens to: nobody can shout into rooms whose name they merely guess at. */
  #publish(participant: Participant, message: Readonly<Record<string, unknown>>): boolean {
    const { topic } = message;
    if (typeof topic !== 'string') return false;
    if (!participant.topics.has(topic)) return true;
    const members = this.#topics.get(topic) ?? new Set();
    const text = JSON.stringify({ ...message, clients: members.size });
    for (const member of members) member.socket.send(text);
    this.#ports.metrics.add('signal_messages');
    return true;
  }
}

function parseMessage(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function topicsOf(given: unknown): readonly string[] {
  if (!Array.isArray(given)) return [];
  return given.filter((each): each is string => typeof each === 'string' && each.length <= MAX_TOPIC_CHARS);
}
