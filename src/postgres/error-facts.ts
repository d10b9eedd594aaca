/** Facts in the errors of Postgres, `pg`, Node and slonik; empty if absent. */

/** A SQLSTATE, or the code of the system, Node or OpenSSL. */
export const codeOf = (error: unknown): string => textOf(error, 'code');

/** The function of Postgres that raised the error: its name is the same in every language. */
export const routineOf = (error: unknown): string => textOf(error, 'routine');

const textOf = (error: unknown, name: 'code' | 'routine'): string => {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
};

// If a name has two addresses, Node's error has no message of its own.
export const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
};
