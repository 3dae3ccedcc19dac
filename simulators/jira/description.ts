import { type DescriptionSource, descriptionFile } from '../http/description.ts';
import { BEYOND_DESCRIPTION, CORRECTIONS, UNDESCRIBED } from './overlay.ts';

/** Atlassian's own description of Jira Cloud's REST API 3. */
export const jiraDescription = (): DescriptionSource => ({
  vendor: 'jira',
  load: () => descriptionFile('jira.slice.json'),
  corrections: CORRECTIONS,
  undescribed: UNDESCRIBED,
  beyond: BEYOND_DESCRIPTION,
});
