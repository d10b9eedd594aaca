import { isPlainAscii } from './plain-ascii.ts';

/** The longest id, in UTF-16 units. */
export const LONGEST_ID = 128;

/**
 * Whether an id holds what no id may: control characters, U+FFFD (it stands where bytes were not UTF-8, so two such ids might
 * be one) or half a surrogate pair.
 */
export const isUnfit = (id: string): boolean => !isPlainAscii(id) && UNFIT.test(id);

/** Two ids as one key. Neither holds a control character, so a line feed parts them without doubt. */
export const idPair = (one: string, other: string): string => `${one}\n${other}`;

/** An id of an invalid command as a rejection may carry it: whatever is unfit as `?`, and no longer than an id may be. */
export const echoed = (id: string): string => {
  const fit = isPlainAscii(id) ? id : id.replace(EACH_UNFIT, '?');
  if (fit.length <= LONGEST_ID) return fit;
  const wouldSplitPair = LEADING_HALF.test(fit.charAt(LONGEST_ID - 1));
  return fit.slice(0, wouldSplitPair ? LONGEST_ID - 1 : LONGEST_ID);
};

// Read by code points, so that Cs matches only half pairs.
const UNFIT = /[\p{Cc}\p{Cs}\uFFFD]/u;
const EACH_UNFIT = new RegExp(UNFIT, 'gu');
const LEADING_HALF = /[\uD800-\uDBFF]/;
