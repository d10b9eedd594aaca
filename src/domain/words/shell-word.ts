/** Quotes an id so that a POSIX shell reads one word: publishers choose ids, so an id may contain characters that a shell interprets. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
