import { typeOf } from './messages.ts';

/** One statement with its parameters. */
export type Statement = {
  /** The number of the connection. */
  readonly session: number;
  readonly sql: string;
  readonly parameters: readonly (Buffer | null)[];
};

const PARSE = 'P';
const BIND = 'B';
const QUERY = 'Q';

/** Reads the statements of one connection in order. The text of a prepared statement comes only once. */
export const createStatementReader = (session: number): ((messages: readonly Buffer[]) => Statement) => {
  const texts = new Map<string, string>();
  return (messages) => {
    let sql = '';
    let parameters: readonly (Buffer | null)[] = [];
    for (const message of messages) {
      const type = typeOf(message);
      const fields = readFields(message);
      if (type === QUERY) sql = fields.text();
      if (type === PARSE) texts.set(fields.text(), fields.text());
      if (type === BIND) {
        fields.text();
        sql = texts.get(fields.text()) ?? '';
        fields.array(fields.int16);
        parameters = fields.array(fields.bytes);
      }
    }
    return { session, sql, parameters };
  };
};

const readFields = (message: Buffer) => {
  let at = 5;
  const moved = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const int16 = (): number => message.readInt16BE(moved(2));
  return {
    int16,
    text: (): string => {
      const from = at;
      at = message.indexOf(0, from) + 1;
      return message.toString('utf8', from, at - 1);
    },
    bytes: (): Buffer | null => {
      const length = message.readInt32BE(moved(4));
      return length < 0 ? null : message.subarray(moved(length), at);
    },
    array: <T>(read: () => T): T[] => Array.from({ length: int16() }, read),
  };
};
