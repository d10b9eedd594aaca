import type { Measured } from '../part.ts';
import { figure } from '../report.ts';

/** @param pictures the folder of the pictures, as seen from the page */
export const section = ({ part, beside, rows, picture }: Measured, pictures: string): string => {
  const shown = picture === undefined ? '' : `\n![${part}](${pictures}/${picture.file})\n`;
  return `## ${headline(part)}\n\n${markdownTable(rows)}\n\n${sentence(beside)}\n${shown}`;
};

export const markdownTable = (rows: Measured['rows']): string => {
  const [first = {}] = rows;
  const titles = Object.keys(first);
  const rule = titles.map((title) => (typeof first[title] === 'string' ? '---' : '---:'));
  const cells = rows.map((row) => titles.map((title) => figure(row[title] ?? Number.NaN)));
  return [titles, rule, ...cells].map((line) => `| ${line.map(escapeCell).join(' | ')} |`).join('\n');
};

const headline = (part: string): string => {
  const words = part.replace(/^serve: /, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A unit such as µs stays unchanged. */
const sentence = (words: string): string => `${words.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.`;

/** A name in angle or square brackets would become a tag or a link. */
const escapeCell = (cell: string): string => cell.replace(/[|<[]/g, (character) => `\\${character}`);
