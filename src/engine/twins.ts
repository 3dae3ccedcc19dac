import type { EntityRef } from '../core/entity.ts';
import type { Twin } from '../core/twin.ts';
import type { Side } from './ports.ts';
import type { Context } from './work.ts';

/** Both sides arrive at the same id: it is made of the connection and the entity that comes first. */
export const twinId = (connection: string, instance: string, ref: EntityRef): string => `${connection}#${instance}:${ref}`;
/** Two entities that exist already: the same id whichever side connects them. */
export const linkId = (connection: string, refs: Readonly<Record<string, EntityRef>>): string =>
  `${connection}#link~${Object.entries(refs)
    .map(([instance, ref]) => `${instance}:${ref}`)
    .sort()
    .join('~')}`;

/** A twin that knows nothing yet. Not saved. */
export function newTwin(context: Context, side: Side, id: string, local: EntityRef | null, more: Partial<Twin> = {}): Twin {
  return {
    id,
    side: side.id,
    instance: side.instance,
    local,
    entity: null,
    peer: null,
    status: 'active',
    reason: null,
    dirty: true,
    touches: 0,
    bye: false,
    outSeq: 0,
    lastNonce: '',
    acked: 0,
    seen: 0,
    seenNonce: '',
    shadow: { fields: {}, comments: {}, files: {} },
    flight: null,
    inbox: null,
    held: {},
    differs: {},
    problem: null,
    link: null,
    flips: {},
    mending: false,
    lost: false,
    needsAll: false,
    hints: null,
    hintedFiles: null,
    createdAt: new Date(context.clock.now()).toISOString(),
    inSyncAt: null,
    ...more,
  };
}
