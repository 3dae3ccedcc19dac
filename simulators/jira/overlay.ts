import type { Correction } from '../http/description.ts';

/** All known faults, found with the description of 2025-09. */
export const CORRECTIONS: Correction[] = [];

/** Endpoints that are simulated and not in the description at hand: these are not checked. */
export const UNDESCRIBED: { path: RegExp; reason: string }[] = [
  { path: /^\/rest\/webhooks\//, reason: 'Webhooks of administrators are described in prose only' },
  { path: /^\/rest\/servicedeskapi\//, reason: 'Service management has a description of its own' },
  { path: /^\/rest\/api\/3\/(status|project)$/, reason: 'Not in the part of the description that is kept' },
  { path: /^\/rest\/api\/3\/project\/[^/]+\/role$/, reason: 'Not in the part of the description that is kept' },
];

/** What the vendor answers beyond its description. */
export const BEYOND_DESCRIPTION: { property: RegExp; reason: string }[] = [];
