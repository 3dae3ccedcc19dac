import { createHash } from 'node:crypto';
import type { Clock } from '../http/clock.ts';
import type { InstalledApp } from './apps.ts';
import type { FileShelf } from './files.ts';
import type { Attachment, Audit, Brand, Comment, CustomStatus, Group, Role, Ticket, TicketEvent, Upload, User } from './model.ts';

/** One Zendesk account, in memory. */
export interface Account {
  id: number;
  subdomain: string;
  /** Origin of the API and the agent page. */
  url: string;
  /** Origin that the files are served from: never the same one. */
  contentUrl: string;
  clock: Clock;
  files: FileShelf;
  users: Map<number, User>;
  brands: Brand[];
  groups: Group[];
  customStatuses: CustomStatus[];
  tickets: Map<number, Ticket>;
  comments: Map<number, Comment[]>;
  audits: Map<number, Audit[]>;
  attachments: Map<number, Attachment>;
  uploads: Map<string, Upload>;
  apiTokens: Set<string>;
  /** By id of the installation. */
  apps: Map<number, InstalledApp>;
  settings: Settings;
  /** Called after each change, in order. */
  listeners: ((event: TicketEvent) => void)[];
  nextId(): number;
  nextTicketId(): number;
}

/** How the account behaves where the vendor leaves it to the plan, the load or the administrator. */
export interface Settings {
  /** The incremental feed leaves out what changed in this last stretch, in milliseconds. Vendor: the newest minute. */
  withheldMs: number;
  /** How far the search index is behind, in milliseconds. */
  searchLagMs: number;
  maxUploadBytes: number;
  maxCommentsPerTicket: number;
  /** Files need a signed-in caller, and answer a redirect to the sign-in page otherwise. */
  privateAttachments: boolean;
}

const DEFAULTS: Settings = { withheldMs: 60_000, searchLagMs: 2_000, maxUploadBytes: 50 * 1024 * 1024, maxCommentsPerTicket: 5_000, privateAttachments: false };

export function createAccount(given: { subdomain: string; clock: Clock; files: FileShelf; brands?: string[]; settings?: Partial<Settings> }): Account {
  // Ids of two accounts never meet, so that an id sent to the wrong account is noticed.
  const base = 10_000_000_000_000 + (createHash('sha256').update(given.subdomain).digest().readUInt32BE(0) % 1_000_000) * 10_000_000;
  let used = 0;
  let tickets = 0;
  const account: Account = {
    id: base,
    subdomain: given.subdomain,
    url: '',
    contentUrl: '',
    clock: given.clock,
    files: given.files,
    users: new Map(),
    brands: [],
    groups: [],
    customStatuses: [],
    tickets: new Map(),
    comments: new Map(),
    audits: new Map(),
    attachments: new Map(),
    uploads: new Map(),
    apiTokens: new Set(),
    apps: new Map(),
    settings: { ...DEFAULTS, ...given.settings },
    listeners: [],
    nextId: () => {
      used += 1;
      return base + used;
    },
    nextTicketId: () => {
      tickets += 1;
      return tickets;
    },
  };
  const at = timestamp(account);
  const names = given.brands?.length ? given.brands : [capitalised(given.subdomain)];
  account.brands = names.map((name, index) => ({
    id: account.nextId(),
    name,
    subdomain: index === 0 ? given.subdomain : name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    default: index === 0,
    active: true,
    created_at: at,
  }));
  account.groups = [{ id: account.nextId(), name: 'Support', created_at: at }];
  const labels: [CustomStatus['status_category'], string, boolean][] = [
    ['new', 'New', true],
    ['open', 'Open', true],
    ['pending', 'Pending', true],
    ['hold', 'On-hold', true],
    ['solved', 'Solved', true],
    ['open', 'Waiting for engineering', false],
  ];
  account.customStatuses = labels.map(([category, label, isDefault]) => ({
    id: account.nextId(),
    status_category: category,
    agent_label: label,
    default: isDefault,
    active: true,
  }));
  return account;
}

/** Adds a user; the e-mail address is what they sign in with. Throws when it is taken. */
export function addUser(account: Account, given: { name: string; email?: string | null; role?: Role } & Partial<Omit<User, 'id'>>): User {
  if (given.email && userByEmail(account, given.email)) throw new Error(`There is a user ${given.email} already.`);
  const at = timestamp(account);
  const user: User = {
    suspended: false,
    external_id: null,
    organization_id: null,
    ticket_restriction: null,
    only_private_comments: false,
    group_ids: [],
    created_at: at,
    updated_at: at,
    ...given,
    role: given.role ?? 'end-user',
    email: given.email?.toLowerCase() ?? null,
    id: account.nextId(),
  };
  account.users.set(user.id, user);
  return user;
}

export function userByEmail(account: Account, email: string): User | undefined {
  const wanted = email.toLowerCase();
  return [...account.users.values()].find((user) => user.email === wanted);
}

/** The account's time as the API writes it: whole seconds. */
export function timestamp(account: Account, ms = account.clock.now()): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
