import { createRequire } from 'node:module';

type Encoder = { readonly buffer: Buffer };
type Protocol = (fields: object) => { readonly request: object; readonly response: Answer };
export type Answer = {
  decode(answer: Buffer): Promise<unknown>;
  parse(decoded: unknown): Promise<unknown>;
};

const load = createRequire(import.meta.url);
const encodeRequest = load('kafkajs/src/protocol/request') as (call: object) => Promise<Encoder>;
type Requests = Readonly<Record<string, { protocol(version: { readonly version: number }): Protocol }>>;
const { requests } = load('kafkajs/src/protocol/requests') as { readonly requests: Requests };

/** What kafkajs itself writes, and how it reads what is answered. */
export const asKafkajs = async (
  name: string,
  version: number,
  fields: object,
): Promise<{ readonly frame: Buffer; readonly answer: Answer }> => {
  const { request, response } = requests[name]!.protocol({ version })(fields);
  const { buffer } = await encodeRequest({ correlationId: 77, clientId: 'a client', request });
  return { frame: buffer, answer: response };
};
