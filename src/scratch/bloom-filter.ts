/** A set of texts in a fixed amount of memory. `false` is certain: the text was never added. `true` means that it may have been added. */
export type BloomFilter = {
  mayHave(text: string): boolean;
  add(text: string): void;
  /** The whole state of the filter. */
  readonly memory: Uint8Array;
};

/** 16 MB, and four bits for each text. With two million texts, one look-up in 50,000 is a false `true`; with twenty million, one in 20. */
const BITS = 2 ** 27;
const PROBES = 4;

export const createBloomFilter = (): BloomFilter => {
  const words = new Uint32Array(BITS / 32);
  return {
    memory: new Uint8Array(words.buffer),
    mayHave: (text) => {
      const [first, second] = [hash(text, 0x9747b28c), hash(text, 0x85ebca6b) | 1];
      for (let probe = 0; probe < PROBES; probe += 1) {
        const bit = (first + Math.imul(probe, second)) & (BITS - 1);
        if (((words[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
      }
      return true;
    },
    add: (text) => {
      const [first, second] = [hash(text, 0x9747b28c), hash(text, 0x85ebca6b) | 1];
      for (let probe = 0; probe < PROBES; probe += 1) {
        const bit = (first + Math.imul(probe, second)) & (BITS - 1);
        words[bit >>> 5] = (words[bit >>> 5] as number) | (1 << (bit & 31));
      }
    },
  };
};

/** 32 bits, unsigned: FNV-1a over UTF-16 units. The low bits of FNV-1a are weak, so MurmurHash3's finalizer mixes them. */
export const hash = (text: string, seed: number): number => {
  let mixed = seed;
  for (let at = 0; at < text.length; at += 1) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};
