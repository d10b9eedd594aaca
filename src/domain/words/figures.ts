import { UNIT } from '../ledger.ts';

/** Prints the numbers of one text, all with as many decimals as its balances need to look different. */
export type Figures = {
  /** Units that are not negative, as runs: "4.17". */
  readonly runs: (units: number) => string;
  /** A balance: "1.17 runs behind", "0.40 runs ahead", "even". */
  readonly standing: (balance: number) => string;
  /** A balance that follows another one in the same sentence: "1.17 behind". */
  readonly shortStanding: (balance: number) => string;
};

/**
 * @param balances the balances that the text names. The text uses two decimals. It uses three, then four, if fewer would print two
 * different balances alike, or a balance other than 0 as 0.00.
 */
export const createFigures = (balances: readonly number[]): Figures => {
  const decimals = [2, 3].find((fewer) => areToldApart(balances, fewer)) ?? 4;
  return {
    runs: (units) => rounded(units, decimals),
    standing: (balance) => standingOf(balance, decimals, ' runs'),
    shortStanding: (balance) => standingOf(balance, decimals, ''),
  };
};

/** The words for a difference that four decimals do not show. */
export const REMAINDER = 'by a rounding remainder';

const areToldApart = (balances: readonly number[], decimals: number): boolean => {
  const printed = balances.map((balance) => standingOf(balance, decimals, ''));
  const showsAll = printed.every((words) => !words.endsWith(REMAINDER));
  return showsAll && new Set(printed).size === new Set(balances).size;
};

const standingOf = (balance: number, decimals: number, unit: ' runs' | ''): string => {
  if (balance === 0) return 'even';
  const side = balance < 0 ? 'behind' : 'ahead';
  const runs = rounded(Math.abs(balance), decimals);
  return Number(runs) === 0 ? `${side} ${REMAINDER}` : `${runs}${unit} ${side}`;
};

/** Rounds half to even. All integers stay below 2^53. */
const rounded = (units: number, decimals: number): string => {
  const scale = 10 ** decimals;
  const remainder = units % UNIT;
  const scaled = remainder * scale;
  const rest = scaled % UNIT;
  const floor = (scaled - rest) / UNIT;
  const up = rest * 2 > UNIT || (rest * 2 === UNIT && floor % 2 === 1);
  const fraction = floor + (up ? 1 : 0);
  const runs = (units - remainder) / UNIT + (fraction === scale ? 1 : 0);
  return `${String(runs)}.${String(fraction % scale).padStart(decimals, '0')}`;
};
