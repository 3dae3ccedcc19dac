import type { Correction } from '../http/description.ts';

/** All known faults, found with @octokit/openapi 23. */
export const CORRECTIONS: Correction[] = [];

/** Endpoints that are simulated and not in the description: these are not checked. */
export const UNDESCRIBED: { path: RegExp; reason: string }[] = [];

/** What the vendor answers beyond its description. */
export const BEYOND_DESCRIPTION: { property: RegExp; reason: string }[] = [];
