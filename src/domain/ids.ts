import { isPlainAscii } from './plain-ascii.ts';

/** The longest allowed id, in UTF-16 units. */
export const MAX_ID_UNITS = 128;

// The `u` flag reads code points, so that Cs matches only half pairs.
const UNFIT = /[\p{Cc}\p{Cs}\uFFFD]/u;

/**
 * True if an id contains a character that is not allowed: a control character, U+FFFD (it replaces bytes that are not UTF-8, so two
 * different ids could look equal) or half a surrogate pair.
 */
export const hasCharacterUnfitForIds = (id: string): boolean => !isPlainAscii(id) && UNFIT.test(id);

/** Joins two ids into one key. Valid ids contain no control characters, so a line feed separates them unambiguously. */
export const idPair = (one: string, other: string): string => `${one}\n${other}`;

const EACH_UNFIT = new RegExp(UNFIT, 'gu');
const LEADING_HALF = /[\uD800-\uDBFF]/;

/** Makes an id of an invalid command fit for a rejection: `?` replaces each unfit character, and the id is cut to `MAX_ID_UNITS`. */
export const echoed = (id: string): string => {
  const fit = isPlainAscii(id) ? id : id.replace(EACH_UNFIT, '?');
  if (fit.length <= MAX_ID_UNITS) return fit;
  const wouldSplitPair = LEADING_HALF.test(fit.charAt(MAX_ID_UNITS - 1));
  return fit.slice(0, wouldSplitPair ? MAX_ID_UNITS - 1 : MAX_ID_UNITS);
};
