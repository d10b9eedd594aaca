/**
 * The lot of a person in a run: FNV-1a (64 bits) over the UTF-8 bytes of run id, a zero byte and user id, then MurmurHash3's finalizer.
 * Plain FNV-1a is not fair for such short, similar ids; with the finalizer, everybody has the same chance.
 *
 * A lot is two unsigned 32-bit halves, because a whole decision took ten times as long with BigInt.
 */
export type Lot = { readonly high: number; readonly low: number };

/** Returns a person's lot in a run. Computes each lot once. */
export type DrawLot = (userId: string) => Lot;

export const createLots = (runId: string): DrawLot => {
  const drawn = new Map<string, Lot>();
  return (userId) => {
    let lot = drawn.get(userId);
    if (lot === undefined) {
      lot = lotOf({ runId, userId });
      drawn.set(userId, lot);
    }
    return lot;
  };
};

export const lotOf = ({ runId, userId }: { readonly runId: string; readonly userId: string }): Lot => {
  const hash = { high: 0xcbf29ce4, low: 0x84222325 };
  addText(hash, runId);
  addByte(hash, 0);
  addText(hash, userId);
  finish(hash);
  return hash;
};

/** Compares lots as unsigned 64-bit numbers. Negative if `a` is lower. */
export const compareLots = (a: Lot, b: Lot): number => a.high - b.high || a.low - b.low;

type Hash = { high: number; low: number };

const addText = (hash: Hash, text: string): void => {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) addByte(hash, unit);
    else if (unit < 0x800) {
      addByte(hash, 0xc0 | (unit >> 6));
      addByte(hash, 0x80 | (unit & 0x3f));
    } else if (unit < 0xd800 || unit > 0xdfff) {
      addByte(hash, 0xe0 | (unit >> 12));
      addByte(hash, 0x80 | ((unit >> 6) & 0x3f));
      addByte(hash, 0x80 | (unit & 0x3f));
    } else {
      // Commands with half a surrogate pair in an id are invalid, so this unit starts a pair.
      index += 1;
      const codePoint = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(index) & 0x3ff);
      addByte(hash, 0xf0 | (codePoint >> 18));
      addByte(hash, 0x80 | ((codePoint >> 12) & 0x3f));
      addByte(hash, 0x80 | ((codePoint >> 6) & 0x3f));
      addByte(hash, 0x80 | (codePoint & 0x3f));
    }
  }
};

/** One FNV-1a step. The prime is 2^40 + 435; products with 435 stay far below 2^53. */
const addByte = (hash: Hash, byte: number): void => {
  const mixed = (hash.low ^ byte) >>> 0;
  const product = mixed * 435;
  hash.high = (hash.high * 435 + (product - (product >>> 0)) / 2 ** 32 + (mixed << 8)) >>> 0;
  hash.low = product >>> 0;
};

const finish = (hash: Hash): void => {
  // A shift by 33 leaves nothing of the low half, and one bit less than the high half.
  hash.low = (hash.low ^ (hash.high >>> 1)) >>> 0;
  multiply(hash, 0xff51afd7, 0xed558ccd);
  hash.low = (hash.low ^ (hash.high >>> 1)) >>> 0;
  multiply(hash, 0xc4ceb9fe, 0x1a85ec53);
  hash.low = (hash.low ^ (hash.high >>> 1)) >>> 0;
};

/** Multiplies modulo 2^64. */
const multiply = (hash: Hash, high: number, low: number): void => {
  const cross = Math.imul(hash.high, low) + Math.imul(hash.low, high);
  hash.high = (highHalf(hash.low, low) + cross) >>> 0;
  hash.low = Math.imul(hash.low, low) >>> 0;
};

/** The upper 32 bits of the product of two unsigned 32-bit numbers, by 16-bit digits. */
const highHalf = (a: number, b: number): number => {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000);
};
