import type { RunCloseRequested } from '../../src/domain/records.ts';
import type { RecordCodec } from '../../src/processor/ports/record-codec.ts';

/** JSON instead of Avro, because the session does not depend on the format of bodies. */
export const jsonCodec: RecordCodec = {
  decode: async (values) =>
    values.map((value) => {
      if (value === null)
        return { kind: 'poison', poison: { code: 'NULL_VALUE', message: 'there is no value' } };
      try {
        return { kind: 'command', command: JSON.parse(value.toString()) as RunCloseRequested };
      } catch {
        return { kind: 'poison', poison: { code: 'UNDECODABLE', message: 'not JSON' } };
      }
    }),
  encode: (_type, event) => Buffer.from(JSON.stringify(event)),
  framer: async () => (_type, body) => Buffer.concat([Buffer.alloc(5), body]),
  fingerprint: () => Buffer.alloc(8),
  readEmitted: async (_type, events) =>
    events.map((event) => {
      const body = event.subarray(5);
      return {
        body,
        writtenWith: Buffer.alloc(8),
        fields: {},
        fieldsLike: () => ({}),
        saysTheSameAs: (decided) => body.equals(decided),
      };
    }),
};
