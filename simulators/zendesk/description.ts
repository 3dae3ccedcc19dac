import { type DescriptionSource, descriptionFile } from '../http/description.ts';
import { BEYOND_DESCRIPTION, CORRECTIONS, UNDESCRIBED } from './overlay.ts';

/** Zendesk's description of its Support API, from `folder` (default: where all vendors' are). */
export const zendeskDescription = (folder?: string): DescriptionSource => ({
  vendor: 'zendesk',
  load: () => descriptionFile('zendesk.slice.json', folder),
  corrections: CORRECTIONS,
  undescribed: UNDESCRIBED,
  beyond: BEYOND_DESCRIPTION,
});
