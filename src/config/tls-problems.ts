import { tlsFaults, type TlsNames } from '../credentials/tls-settings.ts';
import type { ConfigProblem } from './config-error.ts';
import type { Texts } from './section.ts';

/** What is wrong with the certificates and the key of one server, and between them. */
export const tlsProblems = (texts: Texts, names: TlsNames): readonly ConfigProblem[] => {
  const missing = (because: string, needed: string): ConfigProblem[] =>
    texts[because] !== undefined && texts[needed] === undefined
      ? [{ variable: needed, message: `is not set although ${because} asks for it` }]
      : [];
  const gaps = [
    ...missing(names.cert, names.key),
    ...missing(names.key, names.cert),
    ...missing(names.passphrase, names.key),
  ];
  if (gaps.length > 0) return gaps;
  const given = Object.entries(names).flatMap(([part, name]) => {
    const text = texts[name];
    return text === undefined ? [] : [[part, text] as const];
  });
  return tlsFaults(Object.fromEntries(given)).map(({ part, problem }) => ({
    variable: names[part],
    message: problem,
  }));
};
