import { z } from 'zod';
import type { OperationsFor } from '../operations.ts';
import { ConnectionView } from '../schemas.ts';
import * as schemas from '../schemas-connecting.ts';
import { type App, as, failures, whileListening } from './route.ts';

const named = z.object({ name: z.string().describe('Slug or name.') });
const identified = z.object({ id: z.string().min(1).max(100) });
const tags = ['connecting'];
const done = { 204: z.null().describe('Done.'), ...failures };

/** How connections come to be: the address that is entered, the two paths, and both ends of the way there and back. */
export function connectingRoutes(app: App, ops: OperationsFor): void {
  app.post(
    '/lookups',
    {
      schema: {
        tags,
        summary: 'What answers at an address, and what can be set up with it',
        operationId: 'lookUp',
        body: schemas.LookupInput,
        response: { 200: schemas.LookupView, ...failures },
      },
    },
    async (request, reply) => as(ops, request).lookUp(request.body, whileListening(reply)),
  );
  app.post(
    '/connections/initiate',
    {
      schema: {
        tags,
        summary: 'Makes a pending connection; answers where to go, or the invitation code',
        operationId: 'initiateConnection',
        body: schemas.InitiateInput,
        response: { 201: schemas.InitiateView, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await as(ops, request).initiate(request.body, whileListening(reply))),
  );
  app.post(
    '/connections/:name/resume',
    {
      schema: {
        tags,
        summary: 'The way to the other side’s page, once more',
        operationId: 'resumeConnection',
        params: named,
        response: { 200: schemas.DecidedView, ...failures },
      },
    },
    async (request, reply) => as(ops, request).resume(request.params.name, whileListening(reply)),
  );
  app.post(
    '/connections/:name/cancel',
    { schema: { tags, summary: 'Ends a pending connection', operationId: 'cancelConnection', params: named, response: done } },
    async (request, reply) => {
      await as(ops, request).cancel(request.params.name);
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/connections/return',
    {
      schema: {
        tags,
        summary: 'The browser is back from the other side',
        operationId: 'finishConnection',
        body: schemas.ReturnInput,
        response: { 200: schemas.ReturnView, ...failures },
      },
    },
    async (request, reply) => as(ops, request).finish(request.body, whileListening(reply)),
  );

  app.get(
    '/connections/:name/invitation',
    {
      schema: {
        tags,
        summary: 'The invitation of a pending connection',
        operationId: 'getInvitation',
        params: named,
        response: { 200: schemas.InvitationView, ...failures },
      },
    },
    async (request) => as(ops, request).invitation(request.params.name),
  );
  app.post(
    '/connections/:name/invitation',
    {
      schema: {
        tags,
        summary: 'A new code; the one before ends',
        operationId: 'reissueInvitation',
        params: named,
        response: { 201: schemas.InvitationView, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await as(ops, request).reissueInvitation(request.params.name)),
  );
  app.delete(
    '/connections/:name/invitation',
    {
      schema: {
        tags,
        summary: 'The code ends; nobody can accept it any more',
        operationId: 'revokeInvitation',
        params: named,
        response: { 200: schemas.InvitationView, ...failures },
      },
    },
    async (request) => as(ops, request).revokeInvitation(request.params.name),
  );
  app.post(
    '/invitations/read',
    {
      schema: {
        tags,
        summary: 'What an invitation code proposes',
        operationId: 'readInvitation',
        body: schemas.InvitationInput,
        response: { 200: schemas.InvitationSummary, ...failures },
      },
    },
    async (request, reply) => as(ops, request).readInvitation(request.body.code, whileListening(reply)),
  );
  app.post(
    '/invitations/accept',
    {
      schema: {
        tags,
        summary: 'Accepts an invitation',
        operationId: 'acceptInvitation',
        body: schemas.AcceptInput,
        response: { 201: ConnectionView, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await as(ops, request).acceptInvitation(request.body, whileListening(reply))),
  );

  app.get(
    '/consents/:id',
    {
      schema: {
        tags,
        summary: 'What another side asks of an instance here',
        operationId: 'getConsent',
        params: identified,
        response: { 200: schemas.ConsentView, ...failures },
      },
    },
    async (request) => as(ops, request).consent(request.params.id),
  );
  app.post(
    '/consents/:id/verify',
    {
      schema: {
        tags,
        summary: 'Proves access to the instance',
        operationId: 'verifyConsent',
        params: identified,
        response: { 200: schemas.VerifyView, ...failures },
      },
    },
    async (request, reply) => as(ops, request).verifyConsent(request.params.id, whileListening(reply)),
  );
  app.post(
    '/consents/:id/confirm',
    {
      schema: {
        tags,
        summary: 'Agrees; answers the way back',
        operationId: 'confirmConsent',
        params: identified,
        body: schemas.ConfirmInput,
        response: { 200: schemas.DecidedView, ...failures },
      },
    },
    async (request, reply) => as(ops, request).confirmConsent(request.params.id, request.body, whileListening(reply)),
  );
  app.post(
    '/consents/:id/refuse',
    {
      schema: {
        tags,
        summary: 'Refuses; answers the way back',
        operationId: 'refuseConsent',
        params: identified,
        response: { 200: schemas.DecidedView, ...failures },
      },
    },
    async (request) => as(ops, request).refuseConsent(request.params.id),
  );
}
