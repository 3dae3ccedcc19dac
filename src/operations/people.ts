import { EntenteError } from '../core/errors.ts';
import type { Operations, OperationsFor } from '../server/operations.ts';
import type { OperationsDeps } from './context.ts';

const missing = async (): Promise<never> => {
  throw new EntenteError('internal', 'This is not built yet.');
};

type Part = 'members' | 'addMember' | 'changeMember' | 'removeMember' | 'tokens' | 'createToken' | 'removeToken' | 'events';

export function peopleOperations(_deps: OperationsDeps): Pick<Operations, Part> {
  return {
    members: missing,
    addMember: missing,
    changeMember: missing,
    removeMember: missing,
    tokens: missing,
    createToken: missing,
    removeToken: missing,
    events: missing,
  };
}

export function joinOperations(_deps: Omit<OperationsDeps, 'caller'>): Pick<OperationsFor, 'joining' | 'join'> {
  return { joining: missing, join: missing };
}
