import type { Address } from '../proxy/tcp-proxy.ts';
import { array, framed, int32, readFields, string, type FieldReader } from './fields.ts';
import type { KafkaRequest } from './request.ts';

/** The address that clients should get instead of a broker's. */
export type Relocate = (broker: Address) => Promise<Address>;

const LENGTH_AND_CORRELATION_ID = 8;

/** Replaces the addresses in an answer that names brokers, so that clients stay behind the proxy. Other answers stay unchanged. */
export const relocateBrokers = async (
  { api, version }: KafkaRequest,
  answer: Buffer,
  relocate: Relocate,
): Promise<Buffer> => {
  // kafkajs does not use version 9 or later. Such requests do not ask for addresses.
  if (api === 'Metadata' && version < 9) return relocateAll(version, answer, relocate);
  if (api === 'FindCoordinator') return relocateCoordinator(version, answer, relocate);
  return answer;
};

const relocateAll = async (version: number, answer: Buffer, relocate: Relocate): Promise<Buffer> => {
  mustBeKnown('Metadata', version, 1, 8);
  const fields = readFields(answer);
  const before = LENGTH_AND_CORRELATION_ID + (version >= 3 ? 4 : 0);
  fields.skip(before);
  const brokers = fields.array(() => ({ ...readBroker(fields), rack: fields.string() }));
  const relocated = await Promise.all(
    brokers.map(async ({ id, address, rack }) => {
      return Buffer.concat([writeBroker(id, await moved(address, relocate)), string(rack)]);
    }),
  );
  return framed(answer.subarray(4, before), array(relocated), fields.rest());
};

const relocateCoordinator = async (version: number, answer: Buffer, relocate: Relocate): Promise<Buffer> => {
  mustBeKnown('FindCoordinator', version, 0, 2);
  const fields = readFields(answer);
  fields.skip(LENGTH_AND_CORRELATION_ID);
  if (version >= 1) fields.skip(4);
  fields.int16();
  if (version >= 1) fields.string();
  const before = answer.length - fields.rest().length;
  const { id, address } = readBroker(fields);
  return framed(answer.subarray(4, before), writeBroker(id, await moved(address, relocate)));
};

const readBroker = (fields: FieldReader) => ({
  id: fields.int32(),
  address: { host: fields.string() ?? '', port: fields.int32() },
});

const writeBroker = (id: number, { host, port }: Address): Buffer =>
  Buffer.concat([int32(id), string(host), int32(port)]);

/** If there is no coordinator, there is no address to replace. */
const moved = (address: Address, relocate: Relocate): Promise<Address> =>
  address.host === '' ? Promise.resolve(address) : relocate(address);

const mustBeKnown = (api: string, version: number, from: number, to: number): void => {
  if (version < from || version > to)
    throw new RangeError(`${api} of version ${String(version)} is unknown here`);
};
