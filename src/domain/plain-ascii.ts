/**
 * True if a text is only printable ASCII, as nearly all texts are. Such a text has no unfit or unsafe characters, so callers need no regular
 * expression to look for them: on a short text, a regular expression takes ten times as long as this loop.
 */
export const isPlainAscii = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
};
