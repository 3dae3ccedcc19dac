import type { Correction } from '../http/description.ts';

/** All known faults, found with the description of 2025-09. */
export const CORRECTIONS: Correction[] = [
  {
    reason: 'The body of an upload is a form; the description models it as a list of Java objects',
    apply(description) {
      delete description.paths['/rest/api/3/issue/{issueIdOrKey}/attachments'].post.requestBody;
    },
  },
  {
    reason: 'A change of a field that has no ids (a summary), or that was empty before or is afterwards, has null there',
    apply(description) {
      for (const name of ['from', 'fromString', 'to', 'toString']) description.components.schemas.ChangeDetails.properties[name].nullable = true;
    },
  },
  {
    reason: 'Without globalId the remote links are a list; the description has one link only',
    apply(description) {
      const content = description.paths['/rest/api/3/issue/{issueIdOrKey}/remotelink'].get.responses['200'].content['application/json'];
      content.schema = { oneOf: [content.schema, { type: 'array', items: structuredClone(content.schema) }] };
    },
  },
];

/** Endpoints that are simulated and not in the description at hand: these are not checked. */
export const UNDESCRIBED: { path: RegExp; reason: string }[] = [
  { path: /^\/rest\/webhooks\//, reason: 'Webhooks of administrators are described in prose only' },
  { path: /^\/rest\/servicedeskapi\//, reason: 'Service management has a description of its own' },
  { path: /^\/rest\/api\/3\/(status|project)$/, reason: 'Not in the part of the description that is kept' },
  { path: /^\/rest\/api\/3\/project\/[^/]+\/role$/, reason: 'Not in the part of the description that is kept' },
];

/** What the vendor answers beyond its description. */
export const BEYOND_DESCRIPTION: { property: RegExp; reason: string }[] = [];
