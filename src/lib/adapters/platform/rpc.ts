/**
 * Calls and events across a worker border, typed by the contract they carry. A contract is an interface whose methods
 * return promises, plus one `subscribe(listener)` for its events. Failures keep their code; everything else that was
 * thrown arrives as the code `worker-died` with the message for developers.
 */
import { ERROR_CODES, type ErrorCode } from '../../foundation/error-codes.ts';
import { EnvironmentError } from '../../foundation/result.ts';

/** The part of MessagePort, Worker and BroadcastChannel that a conversation needs. */
export interface PortLike {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void;
}

interface CallMessage {
  readonly rpc: 'call';
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
interface ReplyMessage {
  readonly rpc: 'reply';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly detail: string };
}
interface EventMessage {
  readonly rpc: 'event';
  readonly event: unknown;
}

/** Tells a client that its calls are answered by another from now on. */
interface MovedMessage {
  readonly rpc: 'moved';
}

/** For a client behind a port that knows of the move when the client cannot: see `RpcClient.askAgain`. */
export const MOVED: MovedMessage = { rpc: 'moved' };

type Subscribable<E> = { subscribe(listener: (event: E) => void): () => void };
type AsyncMethod = (...args: never[]) => Promise<unknown>;

/** The names of a contract's asynchronous methods: only these may be called from the other side. */
export type MethodNames<T> = { [K in keyof T]: T[K] extends AsyncMethod ? K : never }[keyof T] & string;

/** Serves `target` on `port` until the returned function is called. */
export function serveRpc<E>(port: PortLike, target: Subscribable<E>, methods: ReadonlySet<string>): () => void {
  const onMessage = (event: MessageEvent<unknown>): void => {
    const message = event.data as Partial<CallMessage> | undefined;
    if (message?.rpc !== 'call' || message.id === undefined || message.method === undefined) return;
    void answer(port, target, methods, {
      rpc: 'call',
      id: message.id,
      method: message.method,
      args: message.args ?? [],
    });
  };
  port.addEventListener('message', onMessage);
  const unsubscribe = target.subscribe((event) => {
    port.postMessage({ rpc: 'event', event } satisfies EventMessage);
  });
  return () => {
    unsubscribe();
    port.removeEventListener('message', onMessage);
  };
}

/** An event for the client of this port alone. */
export function tellClient(port: PortLike, event: unknown): void {
  port.postMessage({ rpc: 'event', event } satisfies EventMessage);
}

async function answer(port: PortLike, target: object, methods: ReadonlySet<string>, call: CallMessage): Promise<void> {
  try {
    if (!methods.has(call.method)) throw new EnvironmentError('malformed', { detail: `no method ${call.method}` });
    const method = (target as Record<string, unknown>)[call.method];
    if (typeof method !== 'function') throw new EnvironmentError('malformed', { detail: `no method ${call.method}` });
    const value: unknown = await Reflect.apply(method, target, call.args);
    port.postMessage({ rpc: 'reply', id: call.id, value } satisfies ReplyMessage);
  } catch (cause) {
    port.postMessage({ rpc: 'reply', id: call.id, error: describe(cause) } satisfies ReplyMessage);
  }
}

function describe(cause: unknown): { code: ErrorCode; detail: string } {
  if (cause instanceof Error) {
    const code = 'code' in cause ? cause.code : undefined;
    const known = ERROR_CODES.find((each) => each === code);
    return { code: known ?? 'worker-died', detail: `${cause.name}: ${cause.message}` };
  }
  return { code: 'worker-died', detail: String(cause) };
}

export interface RpcClient<T> {
  readonly remote: T;
  /**
   * The other end was replaced: what it left unanswered is asked of the new one. A call may so be done twice, if the old
   * one had done it and was gone before it answered.
   */
  readonly askAgain: () => void;
  /** Rejects every call in flight and every later one with `worker-died`. */
  readonly close: () => void;
}

/** A client of the contract `T` served at the other end of `port`. */
export function connectRpc<E, T extends Subscribable<E>>(port: PortLike, methods: ReadonlySet<string>): RpcClient<T> {
  const waiting = new Map<number, WaitingCall>();
  const listeners = new Set<(event: E) => void>();
  let nextId = 1;
  let isClosed = false;

  const askAgain = (): void => {
    for (const { message } of waiting.values()) port.postMessage(message);
  };
  const onMessage = (event: MessageEvent<unknown>): void => {
    const message = event.data as Partial<ReplyMessage> | Partial<EventMessage> | Partial<MovedMessage> | undefined;
    if (message?.rpc === 'moved') askAgain();
    else if (message?.rpc === 'event') {
      for (const listener of listeners) listener((message as EventMessage).event as E);
    } else if (message?.rpc === 'reply') {
      settle(waiting, message as ReplyMessage);
    }
  };
  port.addEventListener('message', onMessage);

  const call = (method: string, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isClosed) {
        reject(new EnvironmentError('worker-died', { detail: method }));
        return;
      }
      const id = nextId++;
      const message: CallMessage = { rpc: 'call', id, method, args };
      waiting.set(id, { message, resolve, reject });
      port.postMessage(message);
    });

  const remote: Record<string, unknown> = {
    subscribe(listener: (event: E) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  for (const method of methods) remote[method] = (...args: unknown[]) => call(method, args);

  return {
    remote: remote as T,
    askAgain,
    close() {
      isClosed = true;
      port.removeEventListener('message', onMessage);
      for (const [id, { reject }] of waiting) {
        waiting.delete(id);
        reject(new EnvironmentError('worker-died'));
      }
    },
  };
}

interface WaitingCall {
  readonly message: CallMessage;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function settle(waiting: Map<number, WaitingCall>, reply: ReplyMessage): void {
  const caller = waiting.get(reply.id);
  if (caller === undefined) return;
  waiting.delete(reply.id);
  if (reply.error === undefined) caller.resolve(reply.value);
  else caller.reject(new EnvironmentError(reply.error.code, { detail: reply.error.detail }));
}
