import type { Refusal } from '../rights/refused-right.ts';
import type { Patch } from './patch.ts';

type Request = {
  readonly apiName: string;
  encode(): Promise<{ readonly buffer: Buffer }>;
};
type Response = { decode(payload: Buffer): Promise<unknown> };
type Sending = { readonly request: Request; readonly response: Response };
type Connection = {
  readonly sasl: { readonly principal?: () => string | undefined } | null;
  send(sending: Sending): Promise<unknown>;
};

/**
 * If a broker refuses a request because a right is missing, kafkajs throws only the code. This patch adds the operation, the topics, group
 * or transactional id, and the principal to the error.
 */
export const namedRefusals: Patch = {
  module: 'network/connection.js',
  apply: (connection: { prototype: Connection }) => {
    const send = Reflect.get(connection.prototype, 'send');
    connection.prototype.send = async function (this: Connection, sending) {
      const { request, response } = sending;
      let answer: unknown;
      const decode = async (payload: Buffer): Promise<unknown> => {
        answer = await response.decode(payload);
        return answer;
      };
      try {
        return await send.call(this, { ...sending, response: { ...response, decode } });
      } catch (thrown) {
        for (const error of refusalsIn(thrown))
          Object.assign(error, { refused: await refusalOf(error.type, request, answer, this.sasl) });
        throw thrown;
      }
    };
    return connection;
  },
};

const CODES = {
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
} as const;

type RefusalType = keyof typeof CODES;

/** The error itself, or the errors in an aggregate. */
const refusalsIn = (thrown: unknown): readonly { readonly type: RefusalType }[] => {
  if (typeof thrown !== 'object' || thrown === null) return [];
  const { type, errors = [] } = thrown as { type?: string; errors?: readonly unknown[] };
  return type !== undefined && type in CODES ? [thrown as { type: RefusalType }] : errors.flatMap(refusalsIn);
};

/** The operation of each request on a topic. Requests that are not listed only describe the topic. */
const TOPIC_OPERATIONS: Readonly<Record<string, Refusal['operation']>> = {
  Produce: 'WRITE',
  AddPartitionsToTxn: 'WRITE',
  Fetch: 'READ',
  OffsetCommit: 'READ',
  TxnOffsetCommit: 'READ',
  CreateTopics: 'CREATE',
  CreatePartitions: 'ALTER',
  DescribeConfigs: 'DESCRIBE_CONFIGS',
  AlterConfigs: 'ALTER_CONFIGS',
};

/** These requests only describe a group. All others are requests of its members. */
const DESCRIBING_GROUPS = new Set(['GroupCoordinator', 'FindCoordinator', 'OffsetFetch', 'DescribeGroups']);

const refusalOf = async (
  type: RefusalType,
  request: Request,
  answer: unknown,
  sasl: Connection['sasl'],
): Promise<Refusal> => {
  const principal = sasl?.principal?.() ?? null;
  const { apiName } = request;
  switch (type) {
    case 'TOPIC_AUTHORIZATION_FAILED':
      return {
        principal,
        operation: TOPIC_OPERATIONS[apiName] ?? 'DESCRIBE',
        resource: 'topic',
        names: [...new Set(namesRefused(answer, CODES[type]))],
      };
    case 'GROUP_AUTHORIZATION_FAILED':
      return {
        principal,
        operation: DESCRIBING_GROUPS.has(apiName) ? 'DESCRIBE' : 'READ',
        resource: 'group',
        names: [await groupIn(request)],
      };
    case 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED':
      return {
        principal,
        operation: 'WRITE',
        resource: 'transactional-id',
        names: [textAt(await bytesOf(request), 0).text],
      };
    case 'CLUSTER_AUTHORIZATION_FAILED':
      // A broker gives this answer to a producer without a transactional id that may not write any topic. The request names no topic.
      if (apiName === 'InitProducerId')
        return { principal, operation: 'WRITE', resource: 'topic', names: [] };
      return {
        principal,
        operation: TOPIC_OPERATIONS[apiName] ?? 'DESCRIBE',
        resource: 'cluster',
        names: [],
      };
  }
};

/** The names in all structures with this error code, at any depth of the answer. */
const namesRefused = (answer: unknown, code: number, within: readonly string[] = []): readonly string[] => {
  if (Array.isArray(answer)) return answer.flatMap((each) => namesRefused(each, code, within));
  if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer)) return [];
  const fields = Object.entries(answer as Record<string, unknown>);
  const own = fields.flatMap(([field, value]) =>
    /^(topic|topicName|resourceName)$/.test(field) && typeof value === 'string' ? [value] : [],
  );
  const nearest = own.length > 0 ? own : within;
  return fields.flatMap(([field, value]) =>
    /errorCode$/i.test(field) && value === code ? nearest : namesRefused(value, code, nearest),
  );
};

const bytesOf = async (request: Request): Promise<Buffer> => (await request.encode()).buffer;

const PRODUCER_BYTES = 10;
const ARRAY_LENGTH_BYTES = 4;

/** Most requests start with the group. These two start with the transactional id; one has the producer's id and epoch in between. */
const groupIn = async (request: Request): Promise<string> => {
  const bytes = await bytesOf(request);
  const first = textAt(bytes, 0);
  switch (request.apiName) {
    case 'AddOffsetsToTxn':
      return textAt(bytes, first.end + PRODUCER_BYTES).text;
    case 'TxnOffsetCommit':
      return textAt(bytes, first.end).text;
    case 'DescribeGroups':
      return textAt(bytes, ARRAY_LENGTH_BYTES).text;
  }
  return first.text;
};

const textAt = (bytes: Buffer, at: number): { readonly text: string; readonly end: number } => {
  const end = at + 2 + bytes.readInt16BE(at);
  return { text: bytes.toString('utf8', at + 2, end), end };
};
