import { TrackerError } from '../core/tracker-error.ts';
import type { Operations, OperationsFor } from '../server/operations.ts';
import { seesAll } from './access.ts';
import { connectingOperations } from './connecting.ts';
import { connectionOperations } from './connections.ts';
import { type OperationsDeps, publicId } from './context.ts';
import { instanceOperations } from './instances.ts';
import { nodeOperations } from './node.ts';
import { joinOperations, peopleOperations } from './people.ts';
import { twinOperations } from './twins.ts';

export type { OperationsDeps } from './context.ts';

/** Everything that the REST API can do, over a store, an engine and connectors. */
export function createOperations(deps: Omit<OperationsDeps, 'caller'>): OperationsFor {
  const as = (own: OperationsDeps): Operations => ({
    ...nodeOperations(own),
    ...instanceOperations(own),
    ...peopleOperations(own),
    ...connectionOperations(own),
    ...connectingOperations(own),
    ...twinOperations(own),
    // Who sees a part of the node is told that something changed, never to which of others' entities.
    watch: (listener) => own.watch((twin) => listener(twin === null || !seesAll(own.caller) ? null : publicId(twin))),
  });
  return {
    as: (caller) => as({ ...deps, caller }),
    ...joinOperations(deps),

    async notice(id, { headers, body }) {
      const instance = await deps.store.transaction((tx) => tx.instance(id));
      if (!instance?.webhook) return 'unknown';
      const { webhook } = await deps.trackers.of(instance);
      if (!webhook) return 'unknown';
      if (!webhook.verify({ headers, body }, instance.webhook, deps.now())) return 'unsigned';
      try {
        await deps.engine.hint(id, webhook.hints(body), 'webhook');
      } catch (error) {
        // Signed, but not understood: the next poll finds what it was about.
        if (!(error instanceof TrackerError) && !(error instanceof SyntaxError)) throw error;
      }
      return 'taken';
    },
    ready: () => deps.reads.ready(),
  };
}
