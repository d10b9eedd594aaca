/** Node's message about a file, without the path: the surrounding message names the file already. */
export const messageWithoutPath = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message.replace(/, [a-z]+( '.*')?$/s, '') : String(thrown);
