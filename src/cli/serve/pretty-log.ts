import { visibleText } from '../../domain/visible-text.ts';
import { type Colors, withMarksAs } from '../frame/colors.ts';

/**
 * Returns a function that makes a line of the JSON log readable: `12:03:04 warn   message  field=value`, in local time. A decision stands
 * alone. Errors and their causes follow, one a line. A line that is no JSON stays as it is.
 */
export const createPrettyLog =
  (colors: Colors) =>
  (line: string): string => {
    const entry = entryIn(line);
    return entry === null ? line : `${withMarksAs('colors', visibleText(entryText(entry, colors)))}\n`;
  };

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null;

const entryIn = (line: string): Entry | null => {
  try {
    const entry: unknown = JSON.parse(line);
    return isEntry(entry) ? entry : null;
  } catch {
    return null;
  }
};

/** What every line has, and what is shown elsewhere. */
const LEFT_OUT = new Set(['time', 'level', 'pid', 'service', 'group', 'msg', 'err']);

const entryText = (entry: Entry, colors: Colors): string => {
  const { decision, msg, time, level } = entry;
  const text = indented(String(msg));
  if (typeof decision === 'string') return colored(decision, text, colors);
  const name = String(level).padEnd(5);
  const facts = Object.entries(entry)
    .filter(([field]) => !LEFT_OUT.has(field))
    .map(([field, value]) => `  ${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  const head = `${colors.dim(clockTime(String(time)))} ${colored(String(level), name, colors)} ${text}${colors.dim(facts)}`;
  return [head, ...causesOf(entry['err'])].join('\n');
};

/** By the kind of a decision, or by the level of the log. */
const COLOR_OF = new Map<string, keyof Colors>([
  ['closed', 'green'],
  ['rejected', 'yellow'],
  ['warn', 'yellow'],
  ['dead-letter', 'red'],
  ['error', 'red'],
  ['fatal', 'red'],
]);

const colored = (kind: string, text: string, colors: Colors): string => {
  const color = COLOR_OF.get(kind);
  return color === undefined ? text : colors[color](text);
};

const causesOf = (error: unknown): readonly string[] => {
  if (!isEntry(error)) return [];
  const { code, message, cause } = error;
  const name = typeof code === 'string' ? `${code}: ` : '';
  return [`         ${name}${indented(String(message))}`, ...causesOf(cause)];
};

const indented = (text: string): string => text.replaceAll('\n', '\n         ');

const clockTime = (iso: string): string => {
  const time = new Date(iso);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
};
