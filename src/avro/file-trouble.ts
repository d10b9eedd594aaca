/** What Node says of a file, without the path: the message around it names the file already. */
export const fileTrouble = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message.replace(/, [a-z]+( '.*')?$/s, '') : String(thrown);
