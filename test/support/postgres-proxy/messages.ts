/** Cuts a stream into Postgres's messages: a type, four bytes of length, the rest. The first message of a client has no type. */
export const createMessageReader = (
  start: 'with a startup message' | 'without a startup message',
): ((chunk: Buffer) => readonly Buffer[]) => {
  let rest: Buffer = Buffer.alloc(0);
  let typeBytes = start === 'with a startup message' ? 0 : 1;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Buffer[] = [];
    while (rest.length >= typeBytes + 4) {
      const size = typeBytes + rest.readInt32BE(typeBytes);
      if (rest.length < size) break;
      messages.push(rest.subarray(0, size));
      rest = rest.subarray(size);
      typeBytes = 1;
    }
    return messages;
  };
};

/** Undefined for a startup message, whose length begins with a zero. */
export const typeOf = (message: Buffer): string | undefined =>
  message[0] === 0 ? undefined : String.fromCharCode(message[0] ?? 0);

/** Whether a client's message is part of a statement. All other messages are about the connection. */
export const isOfStatement = (message: Buffer): boolean => 'PBDECSQ'.includes(typeOf(message) ?? '?');

/** Whether the message is a Sync or a simple query: then it is the server's turn. */
export const endsStatement = (message: Buffer): boolean => 'SQ'.includes(typeOf(message) ?? '?');

/** Whether the message says that the server is ready for the next statement. */
export const endsAnswer = (message: Buffer): boolean => typeOf(message) === 'Z';
