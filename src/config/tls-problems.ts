import { tlsFaults, type TlsNames } from '../credentials/tls-settings.ts';
import type { ConfigProblem } from './config-error.ts';
import { missing } from './missing.ts';
import type { Texts } from './section.ts';

/** Problems with the certificates and the key for one server, including a key that does not fit the certificate. */
export const tlsProblems = (texts: Texts, names: TlsNames): readonly ConfigProblem[] => {
  const gaps = [
    ...missing(texts, names.cert, [names.key]),
    ...missing(texts, names.key, [names.cert]),
    ...missing(texts, names.passphrase, [names.key]),
  ];
  if (gaps.length > 0) return gaps;
  const given = Object.entries(names).flatMap(([part, name]) => {
    const text = texts[name];
    return text === undefined ? [] : [[part, text] as const];
  });
  return tlsFaults(Object.fromEntries(given)).map(({ part, problem, expiredAt }) => ({
    variable: names[part],
    message: problem,
    ...(expiredAt !== undefined && { expiredAt }),
  }));
};
