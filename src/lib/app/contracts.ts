/** The methods that may be called across the worker borders; the types prove the lists complete. */
import type { MethodNames } from '../adapters/platform/rpc.ts';
import type { Documents } from '../documents/documents.ts';
import type { Engine } from '../engine/engine.ts';

const engineMethods: Record<MethodNames<Engine>, true> = {
  session: true,
  setUp: true,
  unlock: true,
  lock: true,
  setProtection: true,
  setName: true,
  setAutoLock: true,
  setRelay: true,
  touch: true,
  recoveryWords: true,
  confirmWords: true,
  restore: true,
  createSpace: true,
  spaces: true,
  forgetSpace: true,
  members: true,
  setRole: true,
  removeMember: true,
  leave: true,
  invite: true,
  invitations: true,
  revokeInvitation: true,
  acceptInvitation: true,
  append: true,
  entries: true,
  leaseActor: true,
  releaseActor: true,
  actorOf: true,
  voidEntry: true,
  putLocal: true,
  getLocal: true,
  deleteLocal: true,
  sendPresence: true,
  syncStatus: true,
  syncNow: true,
  exportBundle: true,
  importBundle: true,
  putPersonal: true,
  getPersonal: true,
  allPersonal: true,
  deletePersonal: true,
  spacesSearch: true,
  searchAgain: true,
  endSearch: true,
};

const documentsMethods: Record<MethodNames<Documents>, true> = {
  open: true,
  close: true,
  edit: true,
  undo: true,
  redo: true,
  joinPage: true,
  pushSteps: true,
  setCursor: true,
  createPage: true,
  readView: true,
  flush: true,
};

export const ENGINE_METHODS: ReadonlySet<string> = new Set(Object.keys(engineMethods));
export const DOCUMENTS_METHODS: ReadonlySet<string> = new Set(Object.keys(documentsMethods));
