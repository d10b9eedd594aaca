import type { Manifest } from './render.ts';

/**
 * The changes that a switch makes, a line for each field. So a snapshot shows nothing else, and one change of the chart does not appear in
 * all snapshots.
 */
export const differences = (manifests: readonly Manifest[], usual: readonly Manifest[]): string => {
  const names = [...new Set([...usual, ...manifests].map(nameOf))];
  return names
    .map((name) => {
      const [before, after] = [usual, manifests].map((all) =>
        linesOf(all.find((manifest) => nameOf(manifest) === name)),
      );
      const removed = before!.filter((line) => !after!.includes(line)).map((line) => `- ${line}\n`);
      const added = after!.filter((line) => !before!.includes(line)).map((line) => `+ ${line}\n`);
      if (removed.length + added.length === 0) return '';
      return after!.length === 0 ? `no ${name}\n\n` : `${name}\n${[...removed, ...added].join('')}\n`;
    })
    .join('');
};

const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

const linesOf = (value: unknown, path = ''): readonly string[] => {
  if (value === undefined) return [];
  const entries = entriesOf(value);
  return entries.length === 0
    ? [`${path}: ${JSON.stringify(value)}`]
    : entries.flatMap(([key, field]) => linesOf(field, path === '' ? key : `${path}.${key}`));
};

/** Identifies an element of a list by its name if it has one, so that an added element does not shift the others. */
const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] => {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value)) return Object.entries(value);
  return value.map((element: unknown, index) => {
    const name =
      typeof element === 'object' && element !== null && 'name' in element ? element.name : undefined;
    return [typeof name === 'string' ? `[${name}]` : `[${String(index)}]`, element];
  });
};
