import { EntenteError } from '../core/errors.ts';
import type { Operations } from '../server/operations.ts';
import type { OperationsDeps } from './context.ts';

/** The node itself: what it is, and who is calling. */
export function nodeOperations(deps: OperationsDeps): Pick<Operations, 'node' | 'answerGuard' | 'rotateKey'> {
  const { caller, url, version } = deps;
  return {
    async node() {
      const instances: { slug: string; role: 'owner' | 'admin' | 'viewer' }[] = [];
      for (const id of await deps.reads.instanceIds()) {
        const role = caller.operator ? 'owner' : caller.roles[id];
        const instance = role && (caller.confinedTo === null || caller.confinedTo === id) ? await deps.store.transaction((tx) => tx.instance(id)) : null;
        if (instance && role) instances.push({ slug: instance.slug, role });
      }
      return {
        id: '',
        version,
        url,
        fingerprint: '',
        guard: null,
        user: { name: caller.name, email: caller.email ?? '', operator: caller.operator, instances, confinedTo: caller.confinedTo },
      };
    },
    async answerGuard() {
      throw new EntenteError('internal', 'This is not built yet.');
    },
    async rotateKey() {
      throw new EntenteError('internal', 'This is not built yet.');
    },
  };
}
