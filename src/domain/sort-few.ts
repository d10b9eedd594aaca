/** With more items, insertion sort takes longer than the built-in sort. */
const MAX_FEW_ITEMS = 20;

/**
 * Sorts in place, and keeps the order of equal items. Each call of the built-in sort allocates 2 kB, even for few items, and a decision
 * sorts five people four times.
 */
export const sortFew = <T>(items: T[], compare: (a: T, b: T) => number): T[] => {
  if (items.length > MAX_FEW_ITEMS) return items.sort(compare);
  for (let next = 1; next < items.length; next += 1) {
    const item = items[next] as T;
    let place = next;
    for (; place > 0 && compare(items[place - 1] as T, item) > 0; place -= 1)
      items[place] = items[place - 1] as T;
    items[place] = item;
  }
  return items;
};
