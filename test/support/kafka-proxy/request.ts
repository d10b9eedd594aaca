import { readFields, type FieldReader } from './fields.ts';

/** The requests that tests name. */
const APIS = {
  0: 'Produce',
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  11: 'JoinGroup',
  12: 'Heartbeat',
  13: 'LeaveGroup',
  14: 'SyncGroup',
  17: 'SaslHandshake',
  18: 'ApiVersions',
  22: 'InitProducerId',
  24: 'AddPartitionsToTxn',
  25: 'AddOffsetsToTxn',
  26: 'EndTxn',
  28: 'TxnOffsetCommit',
  36: 'SaslAuthenticate',
} as const;

export type Api = (typeof APIS)[keyof typeof APIS] | 'another';

export type KafkaRequest = {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** The transactional id, if the request belongs to a transaction. */
  readonly transactionalId: string | null;
  /** What follows the header. */
  readonly body: Buffer;
  /** Closes the connection at the client's end only: requests in flight may still reach the broker. */
  readonly loseClient: () => void;
};

/** The header of a frame, in the versions that kafkajs speaks: none of them has tagged fields. */
export const readRequest = (frame: Buffer, loseClient: () => void): KafkaRequest => {
  const fields = readFields(frame);
  fields.skip(4);
  const key = fields.int16();
  const api: Api = key in APIS ? APIS[key as keyof typeof APIS] : 'another';
  const version = fields.int16();
  const correlationId = fields.int32();
  const clientId = fields.string();
  const body = fields.rest();
  return {
    api,
    version,
    correlationId,
    clientId,
    transactionalId: transactionalIdOf(api, readFields(body)),
    body,
    loseClient,
  };
};

/** If a request has a transactional id, it is the first field. */
const transactionalIdOf = (api: Api, body: FieldReader): string | null => {
  switch (api) {
    case 'Produce':
    case 'InitProducerId':
    case 'AddPartitionsToTxn':
    case 'AddOffsetsToTxn':
    case 'TxnOffsetCommit':
    case 'EndTxn':
      return body.string();
    case 'Fetch':
    case 'ListOffsets':
    case 'Metadata':
    case 'OffsetFetch':
    case 'FindCoordinator':
    case 'JoinGroup':
    case 'Heartbeat':
    case 'LeaveGroup':
    case 'SyncGroup':
    case 'ApiVersions':
    case 'SaslHandshake':
    case 'SaslAuthenticate':
    case 'another':
      return null;
  }
};
