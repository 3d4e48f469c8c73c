/** The ways back of the engine double: plain values that a test sets and looks at. Tests only. */
import type { EngineEvent, SessionState } from '$lib/engine/engine.ts';
import type { AskingView } from '$lib/engine/ways-back/asking.ts';
import type { BackupReport } from '$lib/engine/ways-back/backups.ts';
import type { HandedCard, KeptCard, StartedRelease } from '$lib/engine/ways-back/trustee-circle.ts';
import type { PasskeyView, SpacesSearch, WaysBackCalls, WaysBackView } from '$lib/engine/ways-back/ways-back-calls.ts';
import { fail, ok, type Result } from '$lib/foundation/result.ts';
import { MemoryTrust } from './memory-trust.ts';

const done = <T>(value: T): Promise<Result<T>> => Promise.resolve(ok(value));

export const RIGHT_PASSPHRASE = 'correct horse';
export const RIGHT_DIGITS = '123456';

export abstract class MemoryWaysBack extends MemoryTrust implements WaysBackCalls {
  abstract current: SessionState;
  abstract tell(event: EngineEvent): void;

  search: SpacesSearch = { kind: 'none' };
  ways: WaysBackView = {
    rehearsal: { isDue: false, wordCount: 12 },
    trustees: undefined,
    kept: [],
    backedUpAt: 0,
  };
  keys: readonly PasskeyView[] = [];
  askedTrustees: AskingView | undefined;

  changeWays(change: Partial<WaysBackView>): Promise<Result<void>> {
    this.ways = { ...this.ways, ...change };
    this.tell({ kind: 'session', session: this.current });
    return done(undefined);
  }

  spacesSearch = (): Promise<SpacesSearch> => Promise.resolve(this.search);
  searchAgain = (): Promise<void> => Promise.resolve();
  endSearch = async (): Promise<Result<void>> => {
    this.search = { kind: 'none' };
    this.tell({ kind: 'search', search: this.search });
    return done(undefined);
  };
  retypeWords = (): Promise<Result<void>> => done(undefined);
  goOnAlone = (): Promise<Result<void>> => done(undefined);
  waysBack = (): Promise<WaysBackView> => Promise.resolve(this.ways);
  postponeRehearsal = (): Promise<Result<void>> =>
    this.changeWays({ rehearsal: { ...this.ways.rehearsal, isDue: false } });
  makeBackup = async (): Promise<Result<Uint8Array>> => {
    await this.changeWays({ backedUpAt: Date.UTC(2026, 10, 24) });
    return ok(Uint8Array.of(1, 2, 3));
  };
  restoreBackup = ({ passphrase }: { readonly passphrase: string }): Promise<Result<BackupReport>> =>
    passphrase === RIGHT_PASSPHRASE
      ? done({ spaces: [], stored: 0, madeAt: 0 })
      : Promise.resolve(fail('wrong-passphrase'));
  addBackup = (): Promise<Result<BackupReport>> => Promise.resolve(fail('wrong-words'));
  passkeys = (): Promise<readonly PasskeyView[]> => Promise.resolve(this.keys);
  addPasskey = (): Promise<Result<void>> => Promise.resolve(fail('passkey-refused'));
  removePasskey = (): Promise<Result<void>> => {
    this.keys = [];
    return this.changeWays({});
  };
  unlockWithPasskey = (): Promise<Result<void>> => Promise.resolve(fail('passkey-refused'));
  chooseTrustees = async ({
    names,
    threshold,
  }: {
    readonly names: readonly string[];
    readonly threshold: number;
  }): Promise<Result<readonly HandedCard[]>> => {
    await this.changeWays({ trustees: { names, threshold, madeAt: Date.UTC(2026, 10, 24) } });
    return ok(names.map((trustee) => ({ trustee, code: `archipel-share.${trustee}` })));
  };
  forgetTrustees = (): Promise<Result<void>> => this.changeWays({ trustees: undefined });
  keepCard = async (code: string): Promise<Result<KeptCard>> => {
    if (!code.startsWith('archipel-share.')) return fail('code-malformed');
    const card = { key: code, owner: 'Bob', threshold: 2, count: 3 };
    await this.changeWays({ kept: [...this.ways.kept, card] });
    return ok(card);
  };
  dropCard = (key: string): Promise<Result<void>> =>
    this.changeWays({ kept: this.ways.kept.filter((card) => card.key !== key) });
  beginRelease = (_key: string, request: string): Promise<Result<StartedRelease>> =>
    request.startsWith('archipel-ask.')
      ? done({ release: 'r', name: 'Bob', challenge: '480913' })
      : Promise.resolve(fail('code-malformed'));
  finishRelease = (_release: string, digits: string): Promise<Result<string>> =>
    digits === RIGHT_DIGITS ? done('archipel-give.x') : Promise.resolve(fail('spoken-check-failed'));
  asking = (): Promise<AskingView | undefined> => Promise.resolve(this.askedTrustees);
  askTrustees = (): Promise<Result<AskingView>> => {
    this.askedTrustees = {
      code: 'archipel-ask.x',
      trustees: [],
      threshold: undefined,
      owner: undefined,
      relayUrl: undefined,
    };
    return done(this.askedTrustees);
  };
  answerTrustee = (): Promise<Result<string>> => done(RIGHT_DIGITS);
  addAnswer = (code: string): Promise<Result<AskingView>> => {
    if (this.askedTrustees === undefined || !code.startsWith('archipel-give.'))
      return Promise.resolve(fail('code-malformed'));
    const trustees = [...this.askedTrustees.trustees, code.slice('archipel-give.'.length)];
    this.askedTrustees = { ...this.askedTrustees, trustees, threshold: 2, owner: 'Alice', relayUrl: '' };
    return done(this.askedTrustees);
  };
  stopAsking = (): Promise<void> => {
    this.askedTrustees = undefined;
    return Promise.resolve();
  };
  restoreFromTrustees = (): Promise<Result<void>> => done(undefined);
}
