/** Copies the text; where the browser does not let pages write to the clipboard, by selecting the field. Returns whether it is on the clipboard. */
export async function copyText(text: string, field: HTMLTextAreaElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or a page that came without https: the old way works for what is selected.
  }
  field?.focus();
  field?.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  }
}
