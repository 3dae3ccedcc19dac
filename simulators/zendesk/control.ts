import { commonControls } from '../http/controls.ts';
import { addUser, timestamp, userByEmail } from './account.ts';
import { claimsOf, installApp, newKey, signToken } from './apps.ts';
import type { Deliveries } from './deliveries.ts';
import type { Role, Ticket, User } from './model.ts';
import type { OAuthClient } from './oauth-tokens.ts';
import { agentsOf } from './people.ts';
import { presentTicket } from './present.ts';
import type { Desk } from './server.ts';
import { createTicket, deleteTicket, restoreTicket, updateTicket, WEB } from './ticket-changes.ts';

/** What a test or an operator can do to the simulator that the vendor's API cannot. Arguments and results are JSON, so that it works over HTTP too. */
export type ZendeskControl = ReturnType<typeof createControl>;

export function createControl(desk: Desk, deliveries: Deliveries, leaks: { count: number }) {
  const { account } = desk;
  const person = (email: string | undefined): User => {
    const user = email === undefined ? agentsOf(account)[0] : userByEmail(account, email);
    if (!user) throw new Error(email === undefined ? 'The account has no agents: add one with addUser.' : `There is no user ${email}: add one with addUser.`);
    return user;
  };
  const ticketOf = (id: number): Ticket => {
    const ticket = account.tickets.get(id);
    if (!ticket) throw new Error(`There is no ticket ${id}.`);
    return ticket;
  };
  const appOf = (installationId: number) => {
    const app = account.apps.get(installationId);
    if (!app) throw new Error(`There is no installation ${installationId}.`);
    return app;
  };
  return {
    ...commonControls(account, desk, deliveries, leaks),
    /** How much of the newest changes the incremental feed leaves out, in milliseconds. */
    setWithheld: (ms: number) => {
      account.settings.withheldMs = ms;
    },
    setSearchLag: (ms: number) => {
      account.settings.searchLagMs = ms;
    },

    // People, as they work without the API
    users: () => [...account.users.values()],
    addUser: (user: { name: string; email?: string; role?: Role } & Partial<Omit<User, 'id' | 'email'>>) => addUser(account, user),
    changeUser: (email: string, changes: Partial<Omit<User, 'id'>>) => void Object.assign(person(email), changes, { updated_at: timestamp(account) }),
    addApiToken: (token: string) => void account.apiTokens.add(token),
    revokeApiToken: (token: string) => void account.apiTokens.delete(token),
    addOAuthClient: (client: Omit<OAuthClient, 'userId'> & { userEmail?: string }) => {
      const { userEmail, ...rest } = client;
      desk.oauth.clients.set(client.identifier, { ...rest, userId: person(userEmail).id });
    },
    /** Installs an app from its zip file (base64). Refuses it as the vendor would. */
    installApp: (zip: string, title?: string) => {
      const { id, installationId, title: name } = installApp(account, Buffer.from(zip, 'base64'), title);
      return { id, installationId, title: name };
    },
    removeApp: (installationId: number) => void account.apps.delete(installationId),
    /** The vendor gives the app another key. */
    renewAppKey: (installationId: number) => {
      appOf(installationId).key = newKey();
    },
    /** A token as an agent's page would post it into the frame; `changes` replace claims (null takes one away), `otherKey` signs it with a key of nobody's. */
    appToken: (installationId: number, email: string, changes: Record<string, unknown> = {}, header?: Record<string, unknown>, otherKey = false) => {
      const app = appOf(installationId);
      const claims = Object.entries({ ...claimsOf(account, app, person(email)), ...changes }).filter(([, value]) => value !== null);
      return signToken(Object.fromEntries(claims), otherKey ? newKey() : app.key, header);
    },
    setTokenLifetimes: (lifetimes: { accessMs?: number; refreshMs?: number }) => desk.oauth.set(lifetimes),
    tickets: () => [...account.tickets.values()].filter((ticket) => !ticket.deleted).map((ticket) => presentTicket(account, ticket)),
    comments: (ticketId: number) => account.comments.get(ticketOf(ticketId).id) ?? [],
    /** Somebody creates a ticket in the browser; the same members as in the API. */
    createTicket: (input: Record<string, unknown>, asEmail?: string) => presentTicket(account, createTicket(account, person(asEmail), input, WEB).ticket),
    updateTicket: (id: number, input: Record<string, unknown>, asEmail?: string) =>
      presentTicket(account, updateTicket(account, person(asEmail), ticketOf(id), input, WEB).ticket),
    deleteTicket: (id: number, asEmail?: string) => deleteTicket(account, person(asEmail), ticketOf(id)),
    restoreTicket: (id: number, asEmail?: string) => restoreTicket(account, person(asEmail), ticketOf(id)),
  };
}
