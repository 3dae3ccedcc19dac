import { EntenteError } from '../core/errors.ts';
import type { Member, RecordedEvent, Token } from '../people/index.ts';
import { CLI_TOKEN } from '../people/index.ts';
import type { EventView, JoinView, MemberView, Operations, OperationsFor, TokenView } from '../server/operations.ts';
import { connectionNamed, instanceNamed, may, sees, seesAll } from './access.ts';
import type { OperationsDeps } from './context.ts';

type Part = 'members' | 'addMember' | 'changeMember' | 'removeMember' | 'tokens' | 'createToken' | 'removeToken' | 'events';

export function peopleOperations(deps: OperationsDeps): Pick<Operations, Part> {
  const { caller, people } = deps;
  const { members, tokens, events } = people;
  const slugs = async (): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    for (const id of await deps.reads.instanceIds()) {
      const instance = sees(caller, id) ? await deps.store.transaction((tx) => tx.instance(id)) : null;
      if (instance) found.set(id, instance.slug);
    }
    return found;
  };
  const record = (instance: string, action: string, sentence: string) => events.record({ action, sentence, by: caller.name, where: 'here', instance });

  return {
    async members(slug) {
      const instance = await instanceNamed(deps, slug);
      return (await members.of(instance.id)).map((member) => viewMember(member, null));
    },
    async addMember(slug, { email, role }) {
      const instance = await instanceNamed(deps, slug, 'owner');
      const { member, token } = await members.add(instance.id, email, role);
      await record(instance.id, 'member-added', `${member.email} was made ${article(role)} of ${instance.name}.`);
      return viewMember(member, token === null ? null : `${deps.url.replace(/\/$/, '')}/join/${token}`);
    },
    async changeMember(slug, id, role) {
      const instance = await instanceNamed(deps, slug, 'owner');
      const member = await members.change(instance.id, id, role);
      await record(instance.id, 'member-changed', `${member.email} was made ${article(role)} of ${instance.name}.`);
      return viewMember(member, null);
    },
    async removeMember(slug, id) {
      const instance = await instanceNamed(deps, slug, 'owner');
      const member = (await members.of(instance.id)).find((one) => one.id === id);
      await members.remove(instance.id, id);
      await record(instance.id, 'member-removed', `${member?.email ?? 'A member'} was removed from ${instance.name}.`);
    },

    async tokens() {
      const names = await slugs();
      return (await tokens.list()).filter((token) => mayToken(deps, token)).map((token) => viewToken(token, names, null));
    },
    async createToken({ name, instance: slug, role }) {
      if (slug === null && !seesAll(caller)) throw new EntenteError('not-allowed', 'Only an operator can make a token for all instances.');
      // Nobody can give away more than they have themselves.
      const instance = slug === null ? null : await instanceNamed(deps, slug, 'owner');
      const token = await tokens.create({ name, instance: instance?.id ?? null, role });
      if (token === null) throw new EntenteError('name-taken', `There is a token named ${name} already.`);
      await events.record({
        action: 'token-created',
        sentence: `An API token named ${name} was made.`,
        by: caller.name,
        where: 'here',
        ...(instance ? { instance: instance.id } : {}),
      });
      const made = (await tokens.list()).find((one) => one.name === name && one.instance === (instance?.id ?? null));
      if (!made) throw new EntenteError('not-found');
      return viewToken(made, await slugs(), token);
    },
    async removeToken(name, slug) {
      const at = slug === null ? null : (await instanceNamed(deps, slug, 'owner')).id;
      const named = (await tokens.list()).filter((one) => one.name === name && mayToken(deps, one) && (at === null || one.instance === at));
      const token = named.find(({ instance }) => instance === null) ?? named[0];
      if (!token) throw new EntenteError('not-found', `There is no token named ${name}.`);
      if (named.length > 1 && token.instance !== null)
        throw new EntenteError('invalid-input', `Several instances have a token named ${name}. Say which one is meant.`);
      if (name === CLI_TOKEN && token.instance === null)
        throw new EntenteError('not-allowed', 'This token belongs to the command line on the node’s own machine and is made anew at each start.');
      await tokens.drop(token);
      await events.record({
        action: 'token-removed',
        sentence: `The API token named ${name} was removed.`,
        by: caller.name,
        where: 'here',
        ...(token.instance === null ? {} : { instance: token.instance }),
      });
    },

    async events({ instance: slug, connection: name, after }) {
      const names = await slugs();
      const all = seesAll(caller) && slug === null;
      const instances = slug === null ? [...names.keys()] : [(await instanceNamed(deps, slug)).id];
      const connection = name === null ? null : (await connectionNamed(deps, name)).id;
      const page = await events.page({ instances: all ? null : instances, connection, after });
      return { events: page.events.map((event) => viewEvent(event, names)), next: page.next };
    },
  };
}

export function joinOperations({ people, store }: Omit<OperationsDeps, 'caller'>): Pick<OperationsFor, 'joining' | 'join'> {
  return {
    async joining(token): Promise<JoinView> {
      const invited = await people.members.joining(token);
      const instance = invited && (await store.transaction((tx) => tx.instance(invited.instance)));
      if (!invited || !instance) throw new EntenteError('not-found', 'This address to join with is used up, or has expired. Ask for another one.');
      return { email: invited.email, instanceName: instance.name, role: invited.role, hasAccount: invited.hasAccount };
    },
    async join(token, input) {
      const joined = await people.members.join(token, input);
      await people.events.record({
        action: 'member-joined',
        sentence: `${joined.email} has joined.`,
        by: input.name,
        where: 'here',
        instance: joined.instance,
      });
      return { email: joined.email };
    },
  };
}

const article = (role: MemberView['role']): string => (role === 'viewer' ? 'a viewer' : role === 'admin' ? 'an admin' : 'an owner');
const viewMember = (member: Member, joinUrl: string | null): MemberView => ({ ...member, joinUrl });

function mayToken({ caller }: OperationsDeps, token: Token): boolean {
  if (token.instance === null) return seesAll(caller);
  return may(caller, token.instance, 'owner');
}

const viewToken = ({ name, instance, role, createdAt, usedAt }: Token, names: ReadonlyMap<string, string>, token: string | null): TokenView => ({
  name,
  instance: instance === null ? null : (names.get(instance) ?? ''),
  role,
  createdAt,
  usedAt,
  token,
});

const viewEvent = (event: RecordedEvent, names: ReadonlyMap<string, string>): EventView => ({
  id: event.id,
  at: event.at,
  by: event.by,
  where: event.where,
  action: event.action,
  sentence: event.sentence,
  connection: event.slug ?? null,
  instance: event.instance === undefined ? null : (names.get(event.instance) ?? null),
});
