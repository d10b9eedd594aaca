/**
 * Whether a text is nothing but printable ASCII, as nearly all are: no pattern of what is unfit or has to be replaced matches then.
 * Such a pattern takes ten times as long on a short text.
 */
export const isPlainAscii = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
};
