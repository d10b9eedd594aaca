/** A set of offsets in many partitions, one bit per offset: millions of offsets fit in a few megabytes. */
export type OffsetSet = {
  /** Returns true if the offset is new. */
  add(partition: string, offset: number): boolean;
  has(partition: string, offset: number): boolean;
};

const PAGE_BITS = 32_768;

export const createOffsetSet = (): OffsetSet => {
  const partitions = new Map<string, Map<number, Uint8Array>>();
  return {
    add: (partition, offset) => {
      const pages = partitions.get(partition) ?? new Map<number, Uint8Array>();
      partitions.set(partition, pages);
      const number = Math.floor(offset / PAGE_BITS);
      const page = pages.get(number) ?? new Uint8Array(PAGE_BITS / 8);
      pages.set(number, page);
      const [byte, bit] = placeOf(offset);
      const before = page[byte] ?? 0;
      page[byte] = before | bit;
      return (before & bit) === 0;
    },
    has: (partition, offset) => {
      const page = partitions.get(partition)?.get(Math.floor(offset / PAGE_BITS));
      const [byte, bit] = placeOf(offset);
      return ((page?.[byte] ?? 0) & bit) !== 0;
    },
  };
};

const placeOf = (offset: number): readonly [byte: number, bit: number] => {
  const inPage = offset % PAGE_BITS;
  return [inPage >>> 3, 1 << (inPage & 7)];
};
