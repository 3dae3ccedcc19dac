import type { TrackerFrame } from '../connectors/connector.ts';
import { EntenteError } from '../core/errors.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Instance } from '../engine/ports.ts';
import type { CallContext } from '../lib/http.ts';
import type { Caller } from '../server/authentication.ts';
import { type Refusal, refusals } from './refusals.ts';
import type { EmbedStore, FramePerson } from './store.ts';
import { verifyToken } from './token.ts';

/** A session in a frame ends after a working day. */
export const SESSION_MS = 8 * 3600_000;
/** After so long the tracker is asked again who the person is there. */
const ASK_AGAIN_MS = 15 * 60_000;
/** While it does not answer, not at every click. */
const PATIENCE_MS = 60_000;
/** Strangers must not make us call the tracker as often as they like. */
const LOOK_AGAIN_MS = 10_000;

export interface EmbedDeps {
  readonly store: EmbedStore;
  /** By short name; null: there is none. */
  instance(slug: string): Promise<Instance | null>;
  /** What its tracker does for apps; null: it has none. */
  frame(instance: Instance): Promise<TrackerFrame | null>;
  platformName(instance: Instance): string;
  readonly now: () => number;
  log(entry: { readonly instance: string; readonly reason: string; readonly who?: string }, message: string): void;
}

/** A page of the console in a frame of the tracker of this instance. */
export interface Framed {
  readonly instance: Instance;
  readonly frame: TrackerFrame;
  readonly platformName: string;
}

export type Entered = { readonly cookie: string } | { readonly refusal: Refusal };

export interface Embed {
  /** Null: there is no such instance, or its tracker has no app. */
  framed(slug: string): Promise<Framed | null>;
  /** Somebody opens the app. Each token is good once. */
  enter(framed: Framed, token: string): Promise<Entered>;
  /** Who works in a frame, as they are allowed to right now; null: nobody, or no longer. */
  caller(slug: string, cookie: string): Promise<Caller | null>;
}

const call = (): CallContext => ({ signal: AbortSignal.timeout(10_000), priority: 'interactive' });

/**
 * Signs in who opens the app inside a tracker. They may come in when their address, as verified by the tracker, belongs to an admin or owner of the instance
 * on this node, or when they are an administrator of the whole account at the tracker: that person holds what the instance's credentials give anyway, and is
 * taken as its admin. Whoever comes in sees this instance and nothing else.
 */
export function createEmbed(deps: EmbedDeps): Embed {
  const { store, now } = deps;
  const looked = new Map<string, { readonly at: number; readonly failed: TrackerError | null }>();

  async function roleOf(instance: string, person: FramePerson): Promise<{ role: 'owner' | 'admin'; user: string } | null> {
    const member = person.email === null ? null : await store.member(instance, person.email);
    const user = member?.user ?? `tracker ${person.subject}`;
    if (member && member.role !== 'viewer') return { role: member.role, user };
    return person.admin ? { role: 'admin', user } : null;
  }

  /** The keys of our app, asked for anew at most every few seconds. */
  async function look({ instance, frame }: Framed): Promise<boolean> {
    const before = looked.get(instance.id);
    if (before && now() - before.at < LOOK_AGAIN_MS) {
      if (before.failed) throw before.failed;
      return false;
    }
    looked.set(instance.id, { at: now(), failed: null });
    try {
      await store.pin(instance.id, await frame.keys(await store.mark(instance.id), call()));
    } catch (error) {
      if (error instanceof TrackerError) looked.set(instance.id, { at: now(), failed: error });
      throw error;
    }
    return true;
  }

  async function framed(slug: string): Promise<Framed | null> {
    const instance = await deps.instance(slug);
    const frame = instance && (await deps.frame(instance));
    return instance && frame ? { instance, frame, platformName: deps.platformName(instance) } : null;
  }

  async function admit(at: Framed, token: string): Promise<Entered> {
    const { instance, frame } = at;
    const refuse = (refusal: Refusal, who?: string): Entered => {
      deps.log(
        { instance: instance.slug, reason: refusal.reason, ...(who === undefined ? {} : { who }) },
        `The app inside the tracker was refused: ${refusal.message}`,
      );
      return { refusal };
    };
    const words = refusals(instance.name, at.platformName);
    const verify = async () => verifyToken(token, { issuer: frame.issuer, keys: await store.keys(instance.id), now: now() });
    let verified = await verify();
    if (!verified.ok && verified.otherKey && (await look(at))) verified = await verify();
    if (!verified.ok) return refuse(words[verified.why]);
    if (!(await store.useOnce(verified.id, verified.until, now()))) return refuse(words.used, verified.subject);
    const found = await frame.person(verified.subject, call());
    if (!found) return refuse(words.nobody, verified.subject);
    const person = { subject: verified.subject, ...found };
    if (!(await roleOf(instance.id, person))) return refuse(words.noAdmin(person.name), verified.subject);
    return { cookie: await store.open({ instance: instance.id, person, askedAt: now() }, now() + SESSION_MS) };
  }

  return {
    framed,
    async enter(at, token) {
      try {
        return await admit(at, token);
      } catch (error) {
        if (!(error instanceof TrackerError)) throw error;
        const refusal = refusals(at.instance.name, at.platformName).unreachable(error.message);
        deps.log({ instance: at.instance.slug, reason: refusal.reason }, `The app inside the tracker could not be opened: ${error.message}`);
        return { refusal };
      }
    },
    async caller(slug, cookie) {
      const session = await store.session(cookie, now());
      const at = session && (await framed(slug));
      if (!session || !at || at.instance.id !== session.instance) return null;
      let { person } = session;
      if (now() - session.askedAt > ASK_AGAIN_MS) {
        try {
          const found = await at.frame.person(person.subject, call());
          await store.renew(cookie, found && { subject: person.subject, ...found }, now());
          if (!found) return null;
          person = { subject: person.subject, ...found };
        } catch (error) {
          // While the tracker does not answer, what it said last holds until the session ends.
          if (!(error instanceof TrackerError) && !(error instanceof EntenteError)) throw error;
          await store.renew(cookie, person, now() - ASK_AGAIN_MS + PATIENCE_MS);
        }
      }
      const allowed = await roleOf(session.instance, person);
      if (!allowed) return null;
      return {
        user: allowed.user,
        name: person.name,
        email: person.email,
        operator: false,
        roles: { [session.instance]: allowed.role },
        confinedTo: session.instance,
      };
    },
  };
}
