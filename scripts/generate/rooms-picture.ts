/** Draws the rooms of `src` from the imports, into CONTRIBUTING.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { root } from '../stack/folders.ts';

const BEGIN = '<!-- rooms: drawn by `npm run generate` -->';
const END = '<!-- end of rooms -->';
const IMPORTED = /(?:\bfrom |\bimport\()'(\.[^']+\.ts)'/g;

/** The page, with the picture as the imports are now. */
export const withRoomsPicture = (page: string): string => {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`CONTRIBUTING.md lacks ${BEGIN} … ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${picture(importsBetweenRooms())}\n\n${page.slice(end)}`;
};

type Imports = ReadonlyMap<string, ReadonlySet<string>>;

const picture = (imports: Imports): string =>
  [
    '```mermaid',
    'flowchart TD',
    ...[...imports].flatMap(([from, all]) =>
      [...all].filter((to) => !isImplied(imports, from, to)).map((to) => `  ${from} --> ${to}`),
    ),
    '```',
  ].join('\n');

/** Leave such an arrow out, because it would only hide the others. */
const isImplied = (imports: Imports, from: string, to: string): boolean =>
  [...(imports.get(from) ?? [])].some((over) => over !== to && reaches(imports, over, to));

const reaches = (imports: Imports, from: string, to: string): boolean =>
  from === to || [...(imports.get(from) ?? [])].some((next) => reaches(imports, next, to));

/** For each room, the other rooms that its files import, in alphabetical order. */
const importsBetweenRooms = (): Imports => {
  const source = join(root, 'src');
  const found = new Map<string, Set<string>>();
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.ts')) continue;
    const from = roomOf(file);
    const to = found.get(from) ?? new Set();
    found.set(from, to);
    for (const [, path = ''] of readFileSync(join(source, file), 'utf8').matchAll(IMPORTED)) {
      const room = roomOf(relative(source, normalize(join(source, dirname(file), path))));
      if (room !== from) to.add(room);
    }
  }
  return new Map([...found].map(([from, to]) => [from, new Set([...to].sort())]));
};

const roomOf = (file: string): string => file.split(/[\\/]/)[0] ?? '';
