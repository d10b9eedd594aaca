/**
 * The schema of a history file. The file is an Avro object container file, which any Avro tool can read. Its header's metadata contain the
 * facts of the history as JSON, under `FACTS_KEY`.
 */
import { parseType } from './avro-type.ts';

export const FACTS_KEY = 'runclose.history';

const nullable = (type: unknown) => ['null', type];
const arrayOf = (items: unknown) => ({ type: 'array', items });

/** A record as it is in Kafka, not interpreted. */
const RECORD_FIELDS = [
  { name: 'partition', type: 'int' },
  { name: 'offset', type: 'long' },
  { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'key', type: nullable('bytes') },
  { name: 'value', type: nullable('bytes') },
];

const HEADER = {
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'value', type: nullable('bytes') },
  ],
};

const EMITTED = {
  type: 'record',
  name: 'Emitted',
  doc: 'A record of an output topic; kind is its type, or dead-letter.',
  fields: [{ name: 'kind', type: 'string' }, ...RECORD_FIELDS, { name: 'headers', type: arrayOf('Header') }],
};

const MEMBER = {
  type: 'record',
  name: 'Member',
  fields: [
    { name: 'userId', type: 'string' },
    { name: 'balance', type: 'long' },
    { name: 'served', type: 'long' },
    { name: 'attended', type: 'long' },
    { name: 'lastServedSequence', type: nullable('long') },
    { name: 'lastSeenSequence', type: nullable('long') },
  ],
};

const ENTRIES = [
  {
    type: 'record',
    name: 'Schema',
    doc: 'The schema that wrote the values with this id; null: the registry did not know it. Comes before the first of these values.',
    fields: [
      { name: 'id', type: 'int' },
      { name: 'kind', type: 'string' },
      { name: 'schema', type: nullable('string') },
      { name: 'references', type: arrayOf('string') },
    ],
  },
  {
    type: 'record',
    name: 'PolicyVersion',
    doc: "A version of a channel's policy, and the revision of the ledger after which it applies. Comes before all commands.",
    fields: [
      { name: 'channelId', type: 'string' },
      { name: 'version', type: 'int' },
      { name: 'afterRevision', type: 'long' },
      { name: 'enabled', type: 'boolean' },
      { name: 'policy', type: 'string' },
      { name: 'windowRuns', type: 'int' },
      { name: 'repeat', type: 'string' },
      { name: 'adminUserIds', type: arrayOf('string') },
      { name: 'remindersEnabled', type: 'boolean' },
      { name: 'reminderOffsetMinutes', type: 'int' },
      { name: 'retentionDays', type: 'int' },
    ],
  },
  {
    type: 'record',
    name: 'Ledger',
    doc: "A channel's ledger at the beginning of the history. Comes before all commands.",
    fields: [
      { name: 'channelId', type: 'string' },
      { name: 'sequence', type: 'long' },
      { name: 'previousRunner', type: nullable('string') },
      { name: 'ring', type: arrayOf('string') },
      { name: 'revision', type: 'long' },
      { name: 'policyVersion', type: 'int' },
      { name: 'members', type: arrayOf(MEMBER) },
    ],
  },
  {
    type: 'record',
    name: 'Command',
    doc: 'A record of run.close.requested, and the records that name it as their source.',
    fields: [
      ...RECORD_FIELDS,
      { name: 'headers', type: arrayOf(HEADER) },
      { name: 'emitted', type: arrayOf(EMITTED) },
    ],
  },
  {
    type: 'record',
    name: 'Stray',
    doc: 'A record of an output topic that belongs to no command of the history, or is out of order.',
    fields: [
      { name: 'source', type: nullable('string') },
      { name: 'emitted', type: 'Emitted' },
    ],
  },
  {
    type: 'record',
    name: 'End',
    doc: 'The last entry: without it, the file was cut off.',
    fields: [
      { name: 'commands', type: 'long' },
      { name: 'emitted', type: 'long' },
    ],
  },
].map((entry) => ({ ...entry, namespace: 'runclose.history' }));

export const historyType = () => parseType(JSON.stringify(ENTRIES));

type Bytes = Buffer | null;

export type RecordEntry = {
  partition: number;
  offset: number;
  timestamp: number;
  key: Bytes;
  value: Bytes;
  headers: readonly { readonly name: string; readonly value: Bytes }[];
};
export type EmittedEntry = RecordEntry & { kind: string };

/** One value of the file, by the full name of its record. */
export type HistoryEntry = {
  'runclose.history.Schema': {
    readonly id: number;
    readonly kind: string;
    readonly schema: string | null;
    readonly references: readonly string[];
  };
  'runclose.history.PolicyVersion': {
    readonly channelId: string;
    readonly version: number;
    readonly afterRevision: number;
    readonly enabled: boolean;
    readonly policy: string;
    readonly windowRuns: number;
    readonly repeat: string;
    readonly adminUserIds: readonly string[];
    readonly remindersEnabled: boolean;
    readonly reminderOffsetMinutes: number;
    readonly retentionDays: number;
  };
  'runclose.history.Ledger': {
    readonly channelId: string;
    readonly sequence: number;
    readonly previousRunner: string | null;
    readonly ring: readonly string[];
    readonly revision: number;
    readonly policyVersion: number;
    readonly members: readonly {
      readonly userId: string;
      readonly balance: number;
      readonly served: number;
      readonly attended: number;
      readonly lastServedSequence: number | null;
      readonly lastSeenSequence: number | null;
    }[];
  };
  'runclose.history.Command': RecordEntry & { readonly emitted: readonly EmittedEntry[] };
  'runclose.history.Stray': { readonly source: string | null; readonly emitted: EmittedEntry };
  'runclose.history.End': { readonly commands: number; readonly emitted: number };
};
