import type { OperationsFor } from '../operations.ts';
import type { App } from './route.ts';

/** Notices of trackers. Answered at once; whoever is not known or has not signed learns nothing more. */
export async function hookRoutes(app: App, ops: OperationsFor): Promise<void> {
  app.removeAllContentTypeParsers();
  // The signature is over the raw body, so nothing may parse it first.
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 1_048_576 }, (_request, body, done) => done(null, body));
  app.post('/hooks/:id', { schema: { hide: true }, bodyLimit: 1_048_576 }, async (request, reply) => {
    const { id } = request.params as { id: string };
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const outcome = await ops.notice(id, { headers: request.headers, body });
    switch (outcome) {
      case 'taken':
        return reply.code(200).send();
      case 'unsigned':
        return reply.code(401).send();
      case 'unknown':
        return reply.code(404).send();
      default:
        return outcome satisfies never;
    }
  });
}
