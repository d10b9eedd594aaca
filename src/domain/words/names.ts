import { isPlainAscii } from '../plain-ascii.ts';

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
export const plain = (text: string): string => (isPlainAscii(text) ? text : text.replace(LINE_BREAKERS, ' '));

const LINE_BREAKERS = /[\p{Cc}\u2028\u2029]/gu;
