import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { FileLinks } from '../connectors/connector.ts';
import { linkedFile } from '../core/file-link.ts';
import { isFile } from '../core/replica.ts';
import { TrackerError } from '../core/tracker-error.ts';
import { FileGone } from '../engine/index.ts';
import type { Peers, Store } from '../engine/ports.ts';
import type { Logger } from '../lib/log.ts';
import type { Vault } from '../lib/secrets.ts';
import { createAddresses } from './address.ts';
import { fileLinkRoutes, type Opened } from './routes.ts';

/** How long an address opens the file. A text that is written again gets a fresh one. */
export const LINK_DAYS = 180;
const RECORD = 'node/file-links';

export interface FileLinksDeps {
  readonly pool: pg.Pool;
  readonly vault: Vault;
  readonly store: Store;
  readonly peers: () => Pick<Peers, 'openFile'>;
  /** The node's address, as people can open it. */
  readonly url: string;
  readonly days: number;
  now(): number;
  readonly log: Logger;
}

/** Files of the other side under addresses of this node, for trackers that take none. Nothing is stored: each look fetches the file from its own tracker. */
export async function openFileLinks(deps: FileLinksDeps): Promise<{ readonly links: FileLinks; readonly routes: (app: FastifyInstance) => Promise<void> }> {
  const { store, log } = deps;
  const addresses = createAddresses({ base: deps.url, secret: await ownSecret(deps), days: deps.days, now: () => deps.now() });

  /** Null: the twin or the file is no longer there. */
  async function find(link: string) {
    const file = linkedFile(link);
    if (!file) return null;
    return store.transaction(async (tx) => {
      const side = await tx.side(file.side);
      const twin = side && (await tx.twin(file.side, file.twin));
      if (!side || twin?.status !== 'active') return null;
      const entry = twin.shadow.files[file.gid] ?? twin.inbox?.files[file.gid]?.after;
      return entry && isFile(entry) ? { side, file, entry } : null;
    });
  }

  async function open(link: string, signal: AbortSignal) {
    const found = await find(link);
    if (!found) return null;
    try {
      return { ...found.entry, stream: await deps.peers().openFile(found.side, found.file.twin, found.file.gid, signal) };
    } catch (error) {
      if (error instanceof FileGone) return null;
      throw error;
    }
  }

  async function answer(path: string, signal: AbortSignal): Promise<Opened> {
    const addressed = addresses.read(`${new URL(deps.url).origin}${path}`);
    if (!addressed) return { status: 404, message: 'There is no such file. Was the address copied whole?' };
    if (addressed.until <= deps.now())
      return {
        status: 410,
        message: `This address ended on ${new Date(addressed.until).toISOString().slice(0, 10)}. The file is still where it was attached; whoever changes the text that shows it gets a new address there.`,
      };
    try {
      return (
        (await open(addressed.link, signal)) ?? {
          status: 404,
          message: 'This file is no longer there: it was removed where it had been attached, or the two tickets are no longer connected.',
        }
      );
    } catch (error) {
      log.warn({ err: error }, 'a linked file could not be fetched');
      return { status: 502, message: 'The file cannot be fetched from the tracker that holds it just now. Try again in a while.' };
    }
  }

  return {
    links: {
      url: (link, name) => addresses.url(link, name),
      fileOf: (url) => addresses.read(url),
      async open(link, call) {
        const file = await open(link, call.signal);
        if (!file) throw new TrackerError('not-found', 'The file is no longer where it was attached.');
        return { stream: file.stream, type: file.type, size: file.size };
      },
    },
    routes: fileLinkRoutes(answer),
  };
}

/** Made once for the node's database, and never changed: with another secret, what our links refer to would no longer be known. */
async function ownSecret({ pool, vault }: Pick<FileLinksDeps, 'pool' | 'vault'>): Promise<Buffer> {
  await pool.query("insert into node_secret (name, secret) values ('file-links', $1) on conflict do nothing", [vault.seal(randomBytes(32), RECORD)]);
  const { rows } = await pool.query<{ secret: Buffer }>("select secret from node_secret where name = 'file-links'");
  const [row] = rows;
  if (!row) throw new Error('The secret of file links is missing right after it was made.');
  return vault.open(row.secret, RECORD);
}
