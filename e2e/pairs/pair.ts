import { expect, vi } from 'vitest';
import type { ConnectionView, ProgressView, TwinView } from '../../src/server/operations.ts';
import { ownDatabase } from '../../test/database.ts';
import { openNode, type ScenarioNode, type Settling } from './node.ts';
import type { Party, Seen } from './party.ts';

/** One end of a connection: a tracker, and the name of its instance on the node. */
export interface End {
  readonly party: Party;
  readonly slug: string;
}

/** Two entities under sync. */
export interface Joined {
  readonly id: string;
  /** By instance. */
  readonly urn: Readonly<Record<string, string>>;
}

/** What is expected of an entity; files in any order. What is left out is not looked at. */
export interface Expected {
  readonly summary?: string;
  readonly type?: string | null;
  readonly author?: string;
  readonly description?: string;
  readonly comments?: readonly { readonly text: string; readonly author: string; readonly internal?: boolean }[];
  readonly files?: readonly { readonly name: string; readonly sha256: string }[];
}

/** A chain of trackers on one node, each joined to the next by a Basic connection that was made over the REST API. A pair is a chain of two. */
export type Chain = Awaited<ReturnType<typeof openChain>>;

export async function openChain(parties: readonly Party[]) {
  const database = await ownDatabase();
  const hosts = parties.flatMap((party) => party.hosts);
  const node: ScenarioNode = await openNode(database.url, hosts);
  const ends = parties.map((party): End => ({ party, slug: party.platform }));
  const inScope = ({ party, slug }: End) => ({ instance: slug, ...(party.scope === undefined ? {} : { scope: party.scope }) });
  for (const { party, slug } of ends) {
    const { platform, name, settings, defaultType, notices } = party;
    await node.add({ slug, platform, name, settings, ...(defaultType === undefined ? {} : { defaultType }) }, notices !== undefined);
  }
  const connections: string[] = [];
  for (const [n, to] of ends.entries()) {
    const from = ends[n - 1];
    if (!from) continue;
    const made = { mode: 'basic', name: `${from.slug} ${to.slug}`, from: inScope(from), to: inScope(to), internalCommentsBecomePublic: true };
    connections.push((await node.call<ConnectionView>('POST', '/connections', made)).slug);
  }

  const silent = ends.filter(({ party }) => !party.notices).map(({ slug }) => slug);
  const urnsOf = ({ from, to }: TwinView) => Object.fromEntries([from, to].flatMap((entity) => (entity ? [[entity.instance, entity.urn]] : [])));
  const settled = (twin: string, options: Settling = {}): Promise<TwinView> => node.settled(twin, { each: node.asking(silent, 1000), ...options });
  const urnAt = ({ slug }: End, { urn }: Joined): string => urn[slug] ?? '';
  /** Where there is a place for links, each entity shows once where the other one is. Resolves when nothing that follows from it is on its way any more. */
  const linked = async ({ id, from, to }: TwinView): Promise<void> => {
    for (const [here, there] of [
      [from, to],
      [to, from],
    ]) {
      const party = ends.find(({ slug }) => slug === here?.instance)?.party;
      if (!party?.links || !here || !there) continue;
      const link = { title: there.urn, url: there.url };
      const ours = async () => (await party.links?.(here.urn))?.filter(({ url }) => url === link.url);
      await vi.waitFor(async () => expect(await ours()).toEqual([link]), { timeout: 30_000 });
      await party.notices?.settled();
      await settled(id);
    }
  };
  const look = (end: End, joined: Joined): Promise<Seen> => end.party.look(urnAt(end, joined));
  const pinged = (): readonly (readonly string[])[] => ends.map(({ party }) => party.pinged?.() ?? []);
  /** The ends that a pair of entities lies at. */
  const endsOf = ({ urn }: Joined) => ends.filter(({ slug }) => urn[slug] !== undefined);

  return {
    node,
    ends,
    connections,
    settled,
    look,
    urnAt,
    /** Who was told of a mention, at each end. */
    pinged,

    /** Somebody puts an entity under sync and waits until there is one on the other side. */
    async sync({ slug }: End, urn: string, connection = connections[0]): Promise<Joined> {
      const { twin } = await node.call<ProgressView>('POST', `/connections/${connection}/sync`, { urn: `${slug}/${urn}` });
      const done = await settled(twin.id, { until: ({ from, to, status }) => status.state === 'stopped' || (from !== null && to !== null) });
      expect({ state: done.status.state, sentence: done.status.sentence }).toMatchObject({ state: 'in-sync' });
      await linked(done);
      return { id: done.id, urn: urnsOf(done) };
    },

    /** Waits until `until` holds of what is seen at one end. */
    seen: (end: End, joined: Joined, until: (seen: Seen) => boolean): Promise<TwinView> =>
      settled(joined.id, { until: async () => until(await look(end, joined)) }),

    /** Waits for the same with nothing but the poller's asking at `asked`, as when every notice is lost. */
    found: (asked: End, end: End, joined: Joined, until: (seen: Seen) => boolean): Promise<TwinView> =>
      settled(joined.id, { each: node.asking([asked.slug], 1500), until: async () => until(await look(end, joined)) }),

    /** While nothing moves between the two, people do things on both sides. */
    async apart(work: () => Promise<unknown>, connection = connections[0]): Promise<void> {
      await node.call('POST', `/connections/${connection}/deactivate`);
      await work();
      await node.call('POST', `/connections/${connection}/activate`);
    },

    /** Compares what people see at one end. */
    async expectSeen(end: End, joined: Joined, expected: Expected): Promise<void> {
      const seen = await look(end, joined);
      const byName = (files: Seen['files']) => [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.sha256 < b.sha256 ? -1 : 1));
      const all = {
        summary: seen.summary,
        type: seen.type,
        author: seen.author,
        description: seen.description.text,
        comments: seen.comments.map(({ text, author, internal }) => ({ text, author, internal })),
        files: byName(seen.files),
      };
      const wanted = {
        ...expected,
        ...(expected.comments ? { comments: expected.comments.map(({ text, author, internal = false }) => ({ text, author, internal })) } : {}),
        ...(expected.files ? { files: byName(expected.files) } : {}),
      };
      const looked = Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(wanted, name)));
      expect(looked, `what people see in ${end.party.name}`).toEqual(wanted);
    },

    /** One more round in which nobody did anything: both entities are looked at as if they had changed. Nothing may be written anywhere. */
    async idle(joined: Joined): Promise<TwinView> {
      const state = async () => ({
        writes: ends.map(({ party }) => party.writes()),
        seen: await Promise.all(endsOf(joined).map((end) => look(end, joined))),
        pinged: pinged(),
      });
      const before = await state();
      await node.call('POST', `/twins/${joined.id}/retry`);
      const twin = await settled(joined.id);
      expect(await state()).toEqual(before);
      expect(twin.problem).toBeNull();
      return twin;
    },

    async close(): Promise<void> {
      await node.close();
      await Promise.all(parties.map((party) => party.stop()));
      await database.drop();
    },
  };
}
