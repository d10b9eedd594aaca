type Person = { readonly userId: string; readonly displayName: string };

/**
 * How a text calls people: by display name, or by user id if the name is blank. If two people have the same name, their ids follow in
 * brackets.
 */
export const createNames = (people: readonly Person[]): ((person: Person) => string) => {
  const peopleWithName = new Map<string, number>();
  for (const person of people) {
    const name = shownName(person);
    peopleWithName.set(name, (peopleWithName.get(name) ?? 0) + 1);
  }
  return (person) => {
    const name = shownName(person);
    return (peopleWithName.get(name) ?? 0) > 1 ? `${name} (${withoutLineBreaks(person.userId)})` : name;
  };
};

/** "A and B"; three or four all by name; more: "A, B, C and 2 others". */
export const joinNames = (names: readonly string[]): string => {
  const named = names.length > 4 ? names.slice(0, 3) : names.slice(0, -1);
  const last = names.length > 4 ? `${String(names.length - 3)} others` : (names.at(-1) ?? '');
  return named.length === 0 ? last : `${named.join(', ')} and ${last}`;
};

const shownName = ({ userId, displayName }: Person): string => {
  const name = withoutLineBreaks(displayName);
  return isBlank(name) ? withoutLineBreaks(userId) : name;
};

export const isBlank = (text: string): boolean => text.trim() === '';

const LINE_BREAKERS = /[\p{Cc}\u2028\u2029]/gu;

/** A field as part of a text: each character that could break a line becomes a space; all others stay literal. */
export const withoutLineBreaks = (text: string): string =>
  breaksLine(text) ? text.replace(LINE_BREAKERS, ' ') : text;

/** True if `LINE_BREAKERS` matches. On a short text, the regular expression takes ten times as long as this loop. */
const breaksLine = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || unit === 0x2028 || unit === 0x2029) return true;
  }
  return false;
};
