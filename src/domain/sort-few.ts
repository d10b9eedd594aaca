/** Beyond this length, insertion takes longer than the built-in sort. */
const FEW = 20;

/**
 * Sorts in place, and keeps the order of equal items. The built-in sort allocates 2 kB for each call, however few items there are, and a
 * decision sorts five people four times.
 */
export const sortFew = <T>(items: T[], compare: (a: T, b: T) => number): T[] => {
  if (items.length > FEW) return items.sort(compare);
  for (let next = 1; next < items.length; next += 1) {
    const item = items[next] as T;
    let place = next;
    for (; place > 0 && compare(items[place - 1] as T, item) > 0; place -= 1)
      items[place] = items[place - 1] as T;
    items[place] = item;
  }
  return items;
};
