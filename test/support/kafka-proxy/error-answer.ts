import type { Fault, Verdict } from '../proxy/faults.ts';
import { ERROR_CODES, type ErrorName } from './error-codes.ts';
import { array, framed, int16, int32, int64, readFields, string, type FieldReader } from './fields.ts';
import type { KafkaRequest } from './request.ts';

const NOT_THROTTLED = int32(0);

/** The answer of a broker that refuses a request, in the versions that kafkajs uses. */
const errorAnswer = (request: KafkaRequest, error: ErrorName): Verdict => ({
  answer: framed(int32(request.correlationId), refusal(request, ERROR_CODES[error])),
});

/** The proxy answers with this error. The broker does not get the request. */
export const refusedWith = (error: ErrorName): Pick<Fault<KafkaRequest>, 'question'> => ({
  question: (request) => errorAnswer(request, error),
});

/** The broker carries out the request, but the client gets this error. */
export const doneButAnsweredWith = (error: ErrorName): Pick<Fault<KafkaRequest>, 'answer'> => ({
  answer: (request) => errorAnswer(request, error),
});

const refusal = ({ api, version, body }: KafkaRequest, code: number): Buffer => {
  const error = int16(code);
  const fields = readFields(body);
  switch (api) {
    case 'InitProducerId':
      return Buffer.concat([NOT_THROTTLED, error, int64(-1n), int16(-1)]);
    case 'AddOffsetsToTxn':
    case 'EndTxn':
      return Buffer.concat([NOT_THROTTLED, error]);
    case 'AddPartitionsToTxn':
      fields.string();
      fields.skip(8 + 2);
      return Buffer.concat([NOT_THROTTLED, eachPartition(fields, () => undefined, error)]);
    case 'TxnOffsetCommit': {
      fields.string();
      fields.string();
      fields.skip(8 + 2);
      const skipOffset = (): void => {
        fields.skip(8 + (version >= 2 ? 4 : 0));
        fields.string();
      };
      return Buffer.concat([NOT_THROTTLED, eachPartition(fields, skipOffset, error)]);
    }
    case 'Produce': {
      fields.string();
      fields.skip(2 + 4);
      const skipRecords = (): void => {
        fields.skip(fields.int32());
      };
      const nowhere = Buffer.concat([
        error,
        int64(-1n),
        int64(-1n),
        version >= 5 ? int64(-1n) : Buffer.alloc(0),
      ]);
      return Buffer.concat([eachPartition(fields, skipRecords, nowhere), NOT_THROTTLED]);
    }
    case 'FindCoordinator':
      return Buffer.concat([NOT_THROTTLED, error, string(null), int32(-1), string(''), int32(-1)]);
    case 'JoinGroup': {
      const [protocol, leader, member] = [string(''), string(''), string('')];
      return Buffer.concat([NOT_THROTTLED, error, int32(-1), protocol, leader, member, array([])]);
    }
    case 'SaslAuthenticate':
      return Buffer.concat([error, string(null), int32(0), version >= 1 ? int64(0n) : Buffer.alloc(0)]);
    case 'Fetch':
    case 'ListOffsets':
    case 'Metadata':
    case 'OffsetFetch':
    case 'SaslHandshake':
    case 'Heartbeat':
    case 'LeaveGroup':
    case 'SyncGroup':
    case 'ApiVersions':
    case 'another':
      throw new RangeError(`nobody has written down how a broker refuses ${api}`);
  }
};

/** The topics and partitions of a request, each with the bytes of `said`. */
const eachPartition = (fields: FieldReader, skip: () => void, result: Buffer): Buffer =>
  array(
    fields.array(() => {
      const topic = string(fields.string());
      const partitions = fields.array(() => {
        const partition = int32(fields.int32());
        skip();
        return Buffer.concat([partition, result]);
      });
      return Buffer.concat([topic, array(partitions)]);
    }),
  );
