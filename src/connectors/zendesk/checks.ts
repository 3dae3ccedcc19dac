import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { CheckResult, Description } from '../connector.ts';
import type { WireBrand, WirePage, WireUser } from './api.ts';
import { type Client, FEED } from './client.ts';
import { PRIORITIES, STATUSES } from './map.ts';
import type { ZendeskAuth } from './settings.ts';

export interface Me {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly role: string;
}

/** The account that we use. Throws `auth` when Zendesk takes us for nobody, `protocol` when this is no Zendesk. */
export async function whoAmI(client: Client, call: CallContext): Promise<Me> {
  const notZendesk = (cause?: unknown) =>
    new TrackerError('protocol', `What answers at ${client.host} is not Zendesk. Check the address of the account.`, { cause });
  let user: WireUser | undefined;
  try {
    ({ user } = await client.get<{ user?: WireUser }>('/api/v2/users/me.json', 'Asking who we are', call));
  } catch (error) {
    if (error instanceof TrackerError && (error.kind === 'not-found' || (error.kind === 'protocol' && (error.status ?? 0) < 300))) throw notZendesk(error);
    throw error;
  }
  if (typeof user !== 'object' || user === null || !('id' in user)) throw notZendesk();
  // Zendesk answers 200 with an anonymous user to a request that it does not know the sender of.
  if (!user.id) throw new TrackerError('auth', `${client.host} does not accept the credentials.`, { status: 401 });
  return { id: user.id, name: user.name, email: user.email ?? null, role: user.role ?? 'end-user' };
}

const NO_FEED = 'Changes in Zendesk are not found when a webhook gets lost, or where there is none.';
const NO_WEBHOOK = 'No webhook can be registered: changes in Zendesk are noticed late, by polling.';

export async function checkAccess(client: Client, auth: ZendeskAuth, now: number, call: CallContext): Promise<CheckResult> {
  const me = await whoAmI(client, call);
  const missing: { permission: string; consequence: string }[] = [];
  const account = { id: String(me.id), name: me.name, email: me.email };
  if (me.role === 'end-user') {
    missing.push({ permission: 'agent role', consequence: 'The account is an end user: it can neither read nor change tickets of others.' });
    return { account, missing, site: client.host };
  }
  const allowed = async (path: string, what: string): Promise<boolean> => {
    try {
      await client.get(path, what, call, path.includes('/incremental/') ? FEED : undefined);
      return true;
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      if (error.kind === 'forbidden' || error.kind === 'not-found') return false;
      // The limit is counted for those who may.
      if (error.kind === 'rate-limited') return true;
      throw error;
    }
  };
  const admin = me.role === 'admin';
  const permission = admin ? 'OAuth scope “read”' : 'administrator role';
  const since = Math.floor(now / 1000) - 120;
  if (!admin || !(await allowed(`/api/v2/incremental/tickets/cursor.json?start_time=${since}&per_page=1`, 'Asking for changes')))
    missing.push({ permission, consequence: NO_FEED });
  if (!admin || !(await allowed('/api/v2/webhooks?page%5Bsize%5D=1', 'Listing webhooks')))
    missing.push({ permission: admin ? 'webhooks' : permission, consequence: NO_WEBHOOK });
  if (auth.kind === 'oauth' && auth.scope !== undefined && !/(^|[\s,])(write|tickets:write)([\s,]|$)/.test(auth.scope))
    missing.push({ permission: 'OAuth scope “write”', consequence: 'Nothing that the other side changes can be written to Zendesk.' });
  return { account, missing, site: client.host };
}

interface WireField {
  type: string;
  active: boolean;
  system_field_options?: { value: string }[];
}

/** Two calls. The brands are scopes where there is more than one. */
export async function describeAccount(client: Client, call: CallContext): Promise<Description> {
  const brands: WireBrand[] = [];
  for await (const page of client.pages<WirePage & { brands: WireBrand[] }>('/api/v2/brands.json', 'Listing brands', call)) brands.push(...page.brands);
  const active = brands.filter((brand) => brand.active);
  const { ticket_fields: fields } = await client.get<{ ticket_fields: WireField[] }>('/api/v2/ticket_fields.json', 'Listing ticket fields', call);
  const choices = (type: string, usual: readonly string[]): readonly string[] | null => {
    const field = fields.find((one) => one.type === type);
    if (field && !field.active) return null;
    const values = field?.system_field_options?.map(({ value }) => value);
    return values?.length ? usual.filter((choice) => values.includes(choice)) : usual;
  };
  const types = choices('tickettype', ['question', 'incident', 'problem', 'task']) ?? [];
  const priorities = choices('priority', PRIORITIES);
  return {
    types: types.map((name) => ({ name, creatable: true })),
    scopes: active.length > 1 ? active.map(({ id, name }) => ({ id: String(id), name })) : [],
    fields: [
      { name: 'summary', kind: 'text', support: 'full' },
      { name: 'description', kind: 'rich', support: 'degraded' },
      // Zendesk moves it by itself as well: a new ticket that is assigned becomes open.
      { name: 'status', kind: 'choice', support: 'degraded', choices: choices('status', STATUSES) ?? STATUSES },
      ...(priorities ? [{ name: 'priority', kind: 'choice', support: 'full', choices: priorities } as const] : []),
      { name: 'tags', kind: 'tags', support: 'full' },
    ],
  };
}
