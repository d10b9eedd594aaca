type Person = { readonly userId: string; readonly displayName: string };

/** How people are called in a text: by display name, with the id behind it where two of them share one. */
export const createNames = (people: readonly Person[]): ((person: Person) => string) => {
  const bearers = new Map<string, number>();
  for (const { displayName } of people) {
    const name = plain(displayName);
    bearers.set(name, (bearers.get(name) ?? 0) + 1);
  }
  return ({ userId, displayName }) => {
    const name = plain(displayName);
    return (bearers.get(name) ?? 0) > 1 ? `${name} (${plain(userId)})` : name;
  };
};

/** A field as it may stand in a text: whatever could break a line becomes a space, all else stays literal. */
export const plain = (text: string): string => (breaksLine(text) ? text.replace(LINE_BREAKERS, ' ') : text);

const LINE_BREAKERS = /[\p{Cc}\u2028\u2029]/gu;

/** Whether the pattern matches: it takes ten times as long on a short text. */
const breaksLine = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || unit === 0x2028 || unit === 0x2029) return true;
  }
  return false;
};
