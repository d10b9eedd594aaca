import type { listGroups } from '../../src/kafka/consume/group-types.ts';

type Coordinator = Parameters<typeof listGroups>[0];
type Sent = {
  readonly request: { readonly encode: () => Promise<{ readonly buffer: Buffer }> };
  readonly response: {
    readonly decode: (answer: Buffer) => Promise<unknown>;
    readonly parse: (answer: unknown) => Promise<unknown>;
  };
};

/** A broker that knows one request, and gives the same answer each time. Keeps the bodies of the requests. */
export const coordinatorAnswering = ({
  apiKey,
  maxVersion,
  answer,
}: {
  readonly apiKey: number;
  readonly maxVersion: number;
  readonly answer: Buffer;
}): Coordinator & { readonly bodies: Buffer[] } => {
  const bodies: Buffer[] = [];
  const send = async ({ request, response }: Sent): Promise<unknown> => {
    bodies.push((await request.encode()).buffer);
    return response.parse(await response.decode(answer));
  };
  return {
    bodies,
    versions: { [apiKey]: { minVersion: 0, maxVersion } },
    connectionPool: { send },
  };
};
