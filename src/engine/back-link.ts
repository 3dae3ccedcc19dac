import type { Tracker } from '../connectors/connector.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Twin } from '../core/twin.ts';
import type { Work } from './work.ts';

/** Has the other entity a page that ours does not link to yet? The address comes from the other node. */
export const wantsLink = ({ local, peer, backLink }: Twin, tracker: Tracker): boolean =>
  tracker.backLink !== undefined && local !== null && peer !== null && peer.url !== backLink?.url && /^https?:\/\//i.test(peer.url);

/** Shows on our entity where the other one is. A tracker that refuses it is not asked again: a missing link stops nothing. */
export async function link(work: Work): Promise<void> {
  const { context, side, twin, tracker, lease, log, call } = work;
  const { local, peer } = twin;
  if (local === null || peer === null) return;
  let refused = false;
  try {
    await tracker.backLink?.(local, { marker: twin.id, title: peer.urn, url: peer.url }, call);
    log.note({ what: 'link', after: peer.url });
  } catch (error) {
    if (!(error instanceof TrackerError) || !['forbidden', 'rejected', 'not-found'].includes(error.kind)) throw error;
    refused = true;
    log.note({ what: 'link', decision: `not shown: ${error.message}` });
  }
  await context.store.transaction(async (tx) => {
    await lease.fence(tx);
    const now = await tx.twin(side.id, twin.id);
    if (now?.status !== 'active') return;
    await tx.saveTwin({ ...now, backLink: { url: peer.url, refused } });
    await log.write(tx, now, 'linked', work.rules.version);
  });
}
