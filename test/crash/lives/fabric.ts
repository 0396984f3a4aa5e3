import type { WireAnswer } from '../../support/wire.ts';
import { Fault, LOST, type Reply, type World } from '../world.ts';

const AUTH = '/api/v1/auth';
/** A successor is handed out again for so long; a little less, for the way of the request. */
const GRACE_MS = 28_000;
const AFTER_GRACE_MS = 32_000;
/** Tries that kill a code. A crash may count one that nobody was answered. */
const TRIES = 5;

export interface Session {
  readonly access: string;
  readonly refresh: string;
  /** Refresh tokens that were exchanged, and when at the latest. */
  readonly exchanged: readonly { readonly token: string; readonly at: number }[];
}

/** One person's client of Fabric: each method is done when it is known what became of the request. */
export class FabricClient {
  readonly world: World;
  readonly life: string;
  readonly email: string;
  #owed = 0;
  readonly #tried = new Set<string>();

  constructor(world: World, life: string) {
    this.world = world;
    this.life = life;
    this.email = `${life}@example.com`;
  }

  post(path: string, json: object, bearer?: string): Promise<Reply> {
    return this.world.ask(`${AUTH}/${path}`, { json, ...(bearer !== undefined && { bearer }) });
  }

  /** Asks for a message until that is acknowledged; then one is owed. */
  async requestMessage(path: string, json: object): Promise<void> {
    for (;;) {
      const answer = await this.post(path, json);
      if (answer === LOST) continue;
      expectStatus(answer, path, 200);
      this.#owed += 1;
      this.world.ledger.acknowledge(this.life, { kind: 'owed', to: this.email });
      this.world.count('messages owed');
      return;
    }
  }

  /**
   * Spends the code of the newest message; of requests that were never answered there may be others.
   * @param isDone whether a try without answer has done it after all, where that can be seen
   * @returns undefined where the answer was lost, or lost tries have used the code up
   */
  async spendCode(
    path: string,
    rest: object,
    isDone?: () => Promise<boolean>,
  ): Promise<WireAnswer | undefined> {
    const { world, email } = this;
    let tries = 0;
    let wasLost = false;
    for (;;) {
      const fresh = () => world.postbox.to(email).findLast(({ id }) => !this.#tried.has(id));
      await world.until(
        `a message to ${email}`,
        () => world.postbox.to(email).length >= this.#owed && fresh() !== undefined,
      );
      const message = fresh();
      if (message === undefined) continue;
      this.#tried.add(message.id);
      const json = { identifier: email, code: message.code, ...rest };
      let answer: Reply;
      do {
        tries += 1;
        answer = await this.post(path, json);
        wasLost ||= answer === LOST;
      } while (answer === LOST && tries < TRIES);
      if (answer?.status === 200) {
        expectRefusal(await world.askUntilAnswered(`${AUTH}/${path}`, { json }), `${path} with a spent code`);
        world.ledger.acknowledge(this.life, { kind: 'spent', path: `${AUTH}/${path}`, json });
        world.count('codes spent');
        return answer;
      }
      if (wasLost && (isDone === undefined || tries >= TRIES || (await isDone()))) return undefined;
    }
  }

  async logInAnswer(password: string): Promise<WireAnswer> {
    const json = { identifier: this.email, password };
    return this.world.askUntilAnswered(`${AUTH}/login/basic`, { json });
  }

  async canLogIn(password: string): Promise<boolean> {
    return (await this.logInAnswer(password)).status === 200;
  }

  async logIn(password: string): Promise<Session> {
    const answer = await this.logInAnswer(password);
    expectStatus(answer, 'an acknowledged password', 200);
    return sessionIn(answer);
  }

  async me(access: string): Promise<number> {
    return (await this.world.askUntilAnswered('/api/v1/me', { bearer: access })).status;
  }

  async expectAlive(session: Session, why: string): Promise<void> {
    const status = await this.me(session.access);
    if (status !== 200) throw new Fault(`${why}: the session of ${this.email} is answered ${status}`);
  }

  async expectOver(session: Session, why: string): Promise<void> {
    const status = await this.me(session.access);
    if (status !== 401) throw new Fault(`${why}: the session of ${this.email} is answered ${status}`);
    this.world.ledger.acknowledge(this.life, { kind: 'over', access: session.access });
    this.world.count('sessions ended');
  }

  /** Exchanges the refresh token. A lost answer is asked for again, and in time it must be the same. */
  async refresh(session: Session): Promise<Session | undefined> {
    const { world } = this;
    const json = { refresh: session.refresh };
    const firstSentAt = world.now();
    let answer = await this.post('token/refresh', json);
    const wasLost = answer === LOST;
    answer ??= await world.askUntilAnswered(`${AUTH}/token/refresh`, { json });
    const isInTime = world.now() - firstSentAt < GRACE_MS;
    if (answer.status !== 200) {
      if (wasLost && !isInTime) return undefined;
      throw new Fault(`a refresh token that was never used is refused: ${answer.status} ${answer.text}`);
    }
    const next = sessionIn(answer);
    world.count('refreshes');
    if (wasLost) {
      const again = await world.askUntilAnswered(`${AUTH}/token/refresh`, { json });
      const stillInTime = world.now() - firstSentAt < GRACE_MS;
      if (again.status === 200 ? again.text !== answer.text : stillInTime)
        throw new Fault(`a repeated refresh got another answer: ${again.status} ${again.text}`);
      if (again.status !== 200) return undefined;
      world.count('refreshes repeated after a lost answer');
    }
    const exchanged = [...session.exchanged, { token: session.refresh, at: world.now() }];
    return { ...next, exchanged };
  }

  /** Sends a refresh token whose time is over, if there is one; that ends the session. */
  async reuse(session: Session): Promise<boolean> {
    const { world } = this;
    const old = session.exchanged.find(({ at }) => world.now() - at > AFTER_GRACE_MS);
    if (old === undefined) return false;
    const json = { refresh: old.token };
    expectRefusal(await world.askUntilAnswered(`${AUTH}/token/refresh`, { json }), 'a reused refresh token');
    await this.expectOver(session, 'a refresh token was reused');
    world.ledger.acknowledge(this.life, {
      kind: 'spent',
      path: `${AUTH}/token/refresh`,
      json: { refresh: session.refresh },
    });
    world.count('refresh tokens reused');
    return true;
  }

  /** Either all of a change is there, or nothing: the password, and the end of the other session. */
  async changePassword(kept: Session, other: Session, from: string, to: string): Promise<void> {
    const json = { old_password: from, new_password: to, confirm_password: to };
    for (;;) {
      const answer = await this.post('password/change', json, kept.access);
      if (answer !== LOST) expectStatus(answer, 'password/change', 200);
      const isDone = answer !== LOST || (await this.canLogIn(to));
      await this.expectAlive(kept, 'a session that changes its password is kept');
      if (isDone) {
        if (await this.canLogIn(from))
          throw new Fault(`a password that was changed still works: ${this.email}`);
        await this.logIn(to);
        await this.expectOver(other, 'the password was changed');
        this.world.count(answer === LOST ? 'lost changes that were done' : 'passwords changed');
        return;
      }
      await this.logIn(from);
      await this.expectAlive(other, 'a change that was not done');
      this.world.count('lost changes that were not done');
    }
  }
}

export function expectStatus(answer: WireAnswer, what: string, status: number): void {
  if (answer.status !== status) throw new Fault(`${what}: ${answer.status} ${answer.text}`);
}

export function expectRefusal(answer: WireAnswer, what: string): void {
  if (answer.status < 400 || answer.status > 499)
    throw new Fault(`${what} is not refused: ${answer.status} ${answer.text}`);
}

function sessionIn({ body, text }: WireAnswer): Session {
  const { access, refresh } = body.data ?? body;
  if (typeof access !== 'string' || typeof refresh !== 'string') throw new Fault(`no tokens in ${text}`);
  return { access, refresh, exchanged: [] };
}

export { sessionIn };
