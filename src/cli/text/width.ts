/** How many columns of a terminal a text takes: two for emoji and wide East Asian characters, none for combining marks. */
export const widthOf = (text: string): number => {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
};

/**
 * Wraps a text into lines that are at most `width` columns wide. Breaks between words, so that ids can be copied. Breaks a word only if it
 * is wider than a line: after `/`, `.`, `_`, `,` and `-`, if possible.
 */
export const wrapped = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const part of text.split(/(?<= )/).flatMap((word) => partsOf(word, width))) {
    if (widthOf((line + part).trimEnd()) <= width) {
      line += part;
      continue;
    }
    if (line !== '') lines.push(line.trimEnd());
    line = '';
    for (const character of part) {
      if (widthOf(line + character) > width && character !== ' ') {
        lines.push(line);
        line = '';
      }
      line += character;
    }
  }
  return [...lines, line.trimEnd()];
};

const partsOf = (word: string, width: number): readonly string[] =>
  widthOf(word.trimEnd()) <= width ? [word] : word.split(/(?<=[/._,]|\w-)/);

const ZERO = /[\p{M}\p{Cf}]/u;

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

const widthOfCharacter = (character: string): number => {
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
};
