import { EntenteError } from '../core/errors.ts';
import type { Operations } from '../server/operations.ts';
import type { OperationsDeps } from './context.ts';

const missing = async (): Promise<never> => {
  throw new EntenteError('internal', 'This is not built yet.');
};

type Part =
  | 'lookUp'
  | 'initiate'
  | 'resume'
  | 'cancel'
  | 'invitation'
  | 'reissueInvitation'
  | 'revokeInvitation'
  | 'readInvitation'
  | 'acceptInvitation'
  | 'consent'
  | 'verifyConsent'
  | 'confirmConsent'
  | 'refuseConsent'
  | 'finish'
  | 'changeConnection'
  | 'removeConnection'
  | 'mapping'
  | 'connectionRuns';

export function connectingOperations(_deps: OperationsDeps): Pick<Operations, Part> {
  return {
    lookUp: missing,
    initiate: missing,
    resume: missing,
    cancel: missing,
    invitation: missing,
    reissueInvitation: missing,
    revokeInvitation: missing,
    readInvitation: missing,
    acceptInvitation: missing,
    consent: missing,
    verifyConsent: missing,
    confirmConsent: missing,
    refuseConsent: missing,
    finish: missing,
    changeConnection: missing,
    removeConnection: missing,
    mapping: missing,
    connectionRuns: missing,
  };
}
