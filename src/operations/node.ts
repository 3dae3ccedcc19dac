import { EntenteError } from '../core/errors.ts';
import { fingerprint } from '../protocol/identity.ts';
import type { Guard } from '../protocol/own-node.ts';
import type { NodeView, Operations } from '../server/operations.ts';
import { roleAt, sees, seesAll } from './access.ts';
import type { OperationsDeps } from './context.ts';

const WHY: Record<Guard['kind'], string> = {
  copied:
    'This node may be a copy: its database is here, but the note that it keeps in its data folder is not, or belongs to another one. While nobody has said which it is, nothing is synced, so that a copy does not write to the trackers of the original.',
  restored:
    'The database has gone back in time: the note in the data folder knows of a later start of this node. If an older backup was restored, say that this is the real node: what the other sides know since then is fetched from them before anything is written.',
  rival:
    'Another node with the same identity has been at the other side of a connection since this one was there last. One of the two is a copy. While nobody has said which, nothing is synced here.',
};

/** The node itself: what it is, and who is calling. */
export function nodeOperations(deps: OperationsDeps): Pick<Operations, 'node' | 'answerGuard' | 'rotateKey'> {
  const { caller, url, version, own } = deps;

  function assertOperator(what: string): void {
    if (!seesAll(caller)) throw new EntenteError('not-allowed', `Only an operator of this node may ${what}.`);
  }

  async function node(): Promise<NodeView> {
    const instances: { slug: string; role: 'owner' | 'admin' | 'viewer' }[] = [];
    for (const id of await deps.reads.instanceIds()) {
      const instance = sees(caller, id) ? await deps.store.transaction((tx) => tx.instance(id)) : null;
      if (instance) instances.push({ slug: instance.slug, role: roleAt(caller, id) });
    }
    const { id, key, guard } = own.current();
    return {
      id,
      version,
      url,
      fingerprint: fingerprint(key.key),
      guard: guard && { kind: guard.kind, sentence: WHY[guard.kind], since: guard.since },
      user: { name: caller.name, email: caller.email ?? '', operator: caller.operator, instances, confinedTo: caller.confinedTo },
    };
  }

  return {
    node,
    async answerGuard({ answer }) {
      assertOperator('say what it is');
      await own.answerGuard(answer);
      return node();
    },
    async rotateKey() {
      assertOperator('change its key');
      own.assertFree();
      await own.rotateKey();
      return node();
    },
  };
}
