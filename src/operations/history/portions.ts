/** How many records are decoded together. */
const PORTION = 500;

export async function* portionsOf<R>(
  records: AsyncIterable<R>,
): AsyncGenerator<readonly R[], void, undefined> {
  let portion: R[] = [];
  for await (const record of records) {
    portion.push(record);
    if (portion.length < PORTION) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}
