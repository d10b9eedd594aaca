/** What the errors of Postgres, `pg`, Node and slonik say of themselves. Empty if they do not. */

/** A SQLSTATE, or the code of the system, Node or OpenSSL. */
export const codeOf = (error: unknown): string => textOf(error, 'code');

/** The function of Postgres that raised the error: its name is the same in every language. */
export const routineOf = (error: unknown): string => textOf(error, 'routine');

const textOf = (error: unknown, name: 'code' | 'routine'): string => {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
};

// Node gives the error of a name with two addresses no message of its own.
export const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
};
