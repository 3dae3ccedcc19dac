import { EntenteError } from '../core/errors.ts';
import type { Instance, Side } from '../engine/ports.ts';
import { type Incoming, inWords, isVerified, type Made, ownAddress, stateOf, wayBack } from '../protocol/handshake/index.ts';
import { fingerprint } from '../protocol/identity.ts';
import type { NodeCard, Proposal } from '../protocol/wire.ts';
import type { ConsentView, InvitationView, LookupView, Operations, ProposalView } from '../server/operations.ts';
import { assertRole, type Connection, connectionNamed, connectionsOf, instanceNamed, may, sees } from './access.ts';
import { chooseScope, pickScope, viewConnection } from './connections.ts';
import { actorOf, describeScopes, interactive, loadInstance, type OperationsDeps } from './context.ts';
import { viewCheck, viewInstance } from './instances.ts';
import { mappingOf } from './mapping.ts';
import { viewRun } from './twins.ts';

type Part =
  | 'lookUp'
  | 'initiate'
  | 'resume'
  | 'cancel'
  | 'invitation'
  | 'reissueInvitation'
  | 'revokeInvitation'
  | 'readInvitation'
  | 'acceptInvitation'
  | 'consent'
  | 'verifyConsent'
  | 'confirmConsent'
  | 'refuseConsent'
  | 'finish'
  | 'changeConnection'
  | 'removeConnection'
  | 'mapping'
  | 'connectionRuns';

/** Setting up, changing and ending connections, for one caller. */
export function connectingOperations(deps: OperationsDeps): Pick<Operations, Part> {
  const { handshake, caller, reads, trackers } = deps;
  const by = actorOf(deps);

  /** A connection whose halves the caller may change, with those halves. */
  async function owned(name: string): Promise<{ connection: Connection; sides: [Side, ...Side[]] }> {
    const connection = await connectionNamed(deps, name);
    const [first, ...others] = connection.sides.filter((side) => may(caller, side.instance, 'admin'));
    if (first) return { connection, sides: [first, ...others] };
    assertRole(deps, await loadInstance(deps, connection.sides[0].instance), 'admin');
    throw new EntenteError('not-allowed');
  }

  async function viewOf(side: Pick<Side, 'connection'>) {
    const connection = connectionsOf(caller, await reads.sides()).find(({ id }) => id === side.connection);
    if (!connection) throw new EntenteError('unknown-connection');
    return viewConnection(deps, connection);
  }

  /** The request, and the instance here that is asked, for somebody who may see it. */
  async function asked(id: string): Promise<{ row: Incoming; instance: Instance }> {
    const row = await handshake.consentOf(id);
    if (!sees(caller, row.instance))
      throw new EntenteError('not-allowed', `${caller.name} is no member of the instance that is asked for (${row.wanted}). Sign in as one of its admins.`);
    return { row, instance: await loadInstance(deps, row.instance) };
  }

  async function viewConsent(row: Incoming, instance: Instance): Promise<ConsentView> {
    const now = deps.now();
    const admin = may(caller, instance.id, 'admin');
    const verified = isVerified(row, by, now) ? row.verified : null;
    return {
      id: row.id,
      state: stateOf(row, now),
      proposal: await viewProposal(deps, row.proposal, instance),
      instance: await viewInstance(deps, instance),
      wanted: row.wanted,
      scopes: verified ? verified.scopes.map((scope) => ({ ...scope })) : [],
      verifiedUntil: verified?.until ?? null,
      mayConfirm: { available: admin, reason: admin ? null : `Only an admin of ${instance.name} can agree to this.` },
      redirect: wayBack(row, now),
    };
  }

  return {
    async lookUp({ instance, url }, signal): Promise<LookupView> {
      const own = await instanceNamed(deps, instance, 'admin');
      const found = await handshake.lookUp(own, url, signal);
      if (found.where === 'this-instance' && (await describeScopes(deps, own.id, signal)).length < 2) throw ownAddress(own);
      const { id: _id, ...destination } = found.instance;
      return {
        url: found.url,
        where: found.where,
        node: found.where === 'other-node' ? { url: found.node.url ?? found.url, version: found.node.version } : null,
        destination,
        modes: modesOf(found.node, found.instance.name),
        admin: { available: true, reason: null },
        invitation: { available: true, reason: null },
      };
    },

    async initiate(input, signal) {
      if (input.internalCommentsBecomePublic !== true) throw new EntenteError('consent-needed');
      const own = await instanceNamed(deps, input.instance, 'admin');
      const scopes = await describeScopes(deps, own.id, signal);
      const { side, redirect, invitation } = await handshake.initiate(
        {
          own,
          scope: pickScope(own, scopes, input.scope ?? null),
          url: input.url,
          path: input.path,
          name: input.name ?? null,
          description: input.description ?? '',
          bind: input.bindInvitation ?? false,
          severalScopes: scopes.length > 1,
          by,
        },
        signal,
      );
      return { connection: await viewOf(side), redirect, invitation: invitation && (await viewInvitation(deps, invitation)) };
    },

    async resume(name, signal) {
      const { connection } = await owned(name);
      return { redirect: await handshake.resume(connection.id, by, signal) };
    },
    async cancel(name) {
      await handshake.cancel((await owned(name)).connection.id, by);
    },

    invitation: async (name) => viewInvitation(deps, await handshake.invitation((await owned(name)).connection.id)),
    // The other node may have to be told; nobody waits for long.
    reissueInvitation: async (name) => viewInvitation(deps, await handshake.reissue((await owned(name)).connection.id, by, AbortSignal.timeout(15_000))),
    revokeInvitation: async (name) => viewInvitation(deps, await handshake.revoke((await owned(name)).connection.id, by)),

    async readInvitation(code, signal) {
      const invitation = handshake.readCode(code);
      await handshake.assertStillOpen(invitation, signal);
      const instances: Instance[] = [];
      let refusal: unknown = new EntenteError('not-allowed', 'You are admin of no instance here, so there is nothing that you could connect.');
      for (const id of (await reads.instanceIds()).filter((it) => may(caller, it, 'admin'))) {
        const instance = await loadInstance(deps, id);
        try {
          await handshake.assertAcceptable(invitation, instance, undefined);
          instances.push(instance);
        } catch (error) {
          if (!(error instanceof EntenteError)) throw error;
          refusal = error;
        }
      }
      if (instances.length === 0) throw refusal;
      const [only] = instances;
      return {
        proposal: await viewProposal(deps, invitation.proposal, instances.length === 1 && only ? only : null),
        instances: instances.map(({ slug, name, platform }) => ({ slug, name, platform, platformName: trackers.connector(platform).name })),
      };
    },

    async acceptInvitation(input, signal) {
      const invitation = handshake.readCode(input.code);
      if (input.internalCommentsBecomePublic !== true) throw new EntenteError('consent-needed');
      const instance = await instanceNamed(deps, input.instance, 'admin');
      await handshake.assertAcceptable(invitation, instance, undefined);
      await handshake.assertStillOpen(invitation, signal);
      const scope = await chooseScope(deps, instance, input.scope ?? null, signal);
      return viewOf(await handshake.accept(invitation, instance, scope, by, signal));
    },

    async consent(id) {
      const { row, instance } = await asked(id);
      return viewConsent(row, instance);
    },
    async verifyConsent(id, signal) {
      const { instance } = await asked(id);
      assertRole(deps, instance, 'admin');
      const check = await (await trackers.of(instance.id)).check(interactive(signal));
      const row = await handshake.verified(id, by, await describeScopes(deps, instance.id, signal));
      return { consent: await viewConsent(row, instance), check: viewCheck(check) };
    },
    async confirmConsent(id, input) {
      const { row, instance } = await asked(id);
      assertRole(deps, instance, 'admin');
      const decided = wayBack(row, deps.now());
      if (stateOf(row, deps.now()) === 'confirmed' && decided !== null) return { redirect: decided };
      if (input.internalCommentsBecomePublic !== true) throw new EntenteError('consent-needed');
      if (stateOf(row, deps.now()) === 'open' && !isVerified(row, by, deps.now())) throw new EntenteError('not-verified');
      const scope = pickScope(instance, row.verified?.scopes ?? [], input.scope ?? null);
      return decision(await handshake.confirm(id, instance, scope, by));
    },
    async refuseConsent(id) {
      const { instance } = await asked(id);
      assertRole(deps, instance, 'admin');
      return decision(await handshake.refuse(id, instance, by));
    },

    async finish({ state, code, error }, signal) {
      const { outcome, connection } = await handshake.finish({ state, code: code ?? null, error: error ?? null, by }, signal);
      return { outcome, connection: outcome === 'active' ? await viewOf({ connection }) : null };
    },

    async changeConnection(name, patch) {
      const { connection, sides } = await owned(name);
      await handshake.rename(
        sides[0].id,
        { ...(patch.name === undefined ? {} : { name: patch.name }), ...(patch.description === undefined ? {} : { description: patch.description }) },
        by,
      );
      return viewOf({ connection: connection.id });
    },

    async removeConnection(name) {
      const { connection, sides } = await owned(name);
      if (sides[0].status === 'pending') return handshake.cancel(connection.id, by);
      await handshake.remove(
        sides.map(({ id }) => id),
        by,
      );
    },

    mapping: async (name) => mappingOf(deps, await connectionNamed(deps, name)),

    async connectionRuns(name) {
      const { sides } = await connectionNamed(deps, name);
      const halves = await Promise.all(sides.map(async (side) => ({ side, instance: await loadInstance(deps, side.instance) })));
      return (await reads.runsOfSides(sides.map(({ id }) => id))).map((run) => viewRun(run, halves));
    },
  };

  function decision(row: Incoming): { redirect: string } {
    const redirect = wayBack(row, deps.now());
    if (redirect === null) throw new EntenteError('request-over');
    return { redirect };
  }
}

/** Which modes the other side offers; what is not there yet says so. */
function modesOf(node: NodeCard, name: string): LookupView['modes'] {
  const basic = node.capabilities.includes('mode.basic');
  const later = (what: string) =>
    `${what} is not part of this version of Entente yet. A connection in Basic mode can be upgraded later, with everything that is under sync.`;
  return [
    { mode: 'basic', available: basic, reason: basic ? null : `The node of ${name} (version ${node.version}) does not offer it.` },
    { mode: 'visual', available: false, reason: later('Visual mode') },
    { mode: 'script', available: false, reason: later('Script mode') },
  ];
}

async function viewInvitation({ handshake, now }: OperationsDeps, made: Made): Promise<InvitationView> {
  const expired = Date.parse(made.expiresAt) <= now();
  return {
    code: await handshake.codeOf(made),
    state: made.status === 'open' && expired ? 'expired' : made.status,
    expiresAt: made.expiresAt,
    boundTo: made.boundTo,
    createdBy: made.createdBy,
    createdAt: made.createdAt,
  };
}

/** `to`: our instance, as far as it is known which one. */
async function viewProposal(deps: OperationsDeps, proposal: Proposal, to: Instance | null): Promise<ProposalView> {
  const { node, instance, scope, setUpBy } = proposal.from;
  const here = await deps.nodeId();
  return {
    name: proposal.name,
    description: proposal.description,
    mode: proposal.mode,
    from: {
      name: instance.name,
      slug: instance.slug,
      platform: instance.platform,
      platformName: instance.platformName,
      nouns: { ...instance.nouns },
      url: instance.url,
      scope: scope && { ...scope },
      node: node.id === here ? null : { url: node.url, version: node.version, fingerprint: fingerprint(node.key) },
    },
    startedBy: setUpBy,
    ...inWords(proposal, to && { name: to.name, nouns: deps.trackers.connector(to.platform).nouns }),
    expiresAt: proposal.expiresAt,
  };
}
