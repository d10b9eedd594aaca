import { systemCode } from '../processor/system-code.ts';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

/** What is wrong with a file, in plain words if they are known. Without the path: the surrounding message names the file already. */
export const messageWithoutPath = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const known = WORDS[systemCode(thrown) ?? ''];
  return known ?? thrown.message.replace(/, [a-z]+( '.*')?$/s, '');
};
