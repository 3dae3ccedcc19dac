import { useConnections, useNode, useTwins } from '../queries.ts';

/** How far the person has come: an instance, a connection that somebody accepted, an entity under sync. */
export function useSteps() {
  const node = useNode().data;
  const connections = useConnections().data;
  const twins = useTwins({ limit: 1 }).data;
  const instance = (node?.user?.instances.length ?? 0) > 0;
  const active = connections?.some(({ status }) => status !== 'pending') === true;
  const entity = (twins?.twins.length ?? 0) > 0;
  const pending = connections?.find(({ status }) => status === 'pending') ?? null;
  return {
    instance,
    active,
    pending,
    entity,
    done: [instance, active, entity].filter(Boolean).length,
    known: node !== undefined && connections !== undefined && twins !== undefined,
  };
}
