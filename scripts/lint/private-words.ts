/** Words that need a second reading, each with plainer ones. Documents, schemas, comments and messages must not use them. */
export type PrivateWord = { readonly pattern: RegExp; readonly instead: string };

export const PRIVATE_WORDS: readonly PrivateWord[] = [
  { pattern: /\bwho(m)?ever\b/i, instead: 'name the process, caller or person' },
  { pattern: /\bundertakings?\b/i, instead: 'run, job, verification' },
  { pattern: /\bstretch(es)?\b/i, instead: 'range' },
  { pattern: /\banew\b/i, instead: 'again, once more' },
  { pattern: /\bgo(es|ing|ne)? on\b/i, instead: 'continue, resume' },
  { pattern: /\bso many\b(?! that)/i, instead: 'this many, at most n' },
  { pattern: /\bput right\b/i, instead: 'corrected' },
  { pattern: /\bin vain\b/i, instead: 'without success' },
  { pattern: /\bas (it|they) stands?\b/i, instead: 'unchanged' },
  { pattern: /\bnone of (ours|theirs)\b/i, instead: 'say whose it is' },
  { pattern: /\bwhere (that|this|it) is meant\b/i, instead: 'if you want that' },
  { pattern: /\b(brought|brings?|bringing) (\w+ )?through\b/i, instead: 'process, decide, finish' },
  { pattern: /\b(lets?|letting) go of\b/i, instead: 'release, close, drop' },
  { pattern: /\b(was|is|were|been|has|have|had) let go\b/i, instead: 'was released, closed, dropped' },
  { pattern: /\b(gives?|gave|given) up before\b/i, instead: 'times out before' },
  { pattern: /\bof which there (is|are) no\b/i, instead: 'without any' },
  { pattern: /\basked in any case\b/i, instead: 'always call this' },
  { pattern: /\bless (their |its |a )?(fair )?share\b/i, instead: 'minus' },
  { pattern: /\bnot before:/i, instead: 'only now:' },
];

export type Finding = { readonly line: number; readonly found: string; readonly instead: string };

/** The private words in a text, with their lines. */
export const privateWordsIn = (text: string): readonly Finding[] =>
  text.split('\n').flatMap((line, index) =>
    PRIVATE_WORDS.flatMap(({ pattern, instead }) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [{ line: index + 1, found, instead }];
    }),
  );
