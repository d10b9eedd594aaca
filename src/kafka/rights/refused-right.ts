import { shellWord } from '../../domain/words/shell-word.ts';
import type { Operation, Resource, Right } from './rights.ts';

/** A right that a broker has refused. */
export type Refusal = {
  /** The user name, if the client logs in with one. */
  readonly principal: string | null;
  readonly operation: Operation;
  readonly resource: Resource['type'];
  /** The names of the resources: several for topics, none for the cluster. */
  readonly names: readonly string[];
};

const CLUSTER: Resource = { type: 'cluster' };

/** `needs WRITE on topic run.closed; …`, with the command that grants the right, for an administrator who may grant it. */
export const missingRight = ({ principal, operation, resource, names }: Refusal): string => {
  const rights =
    names.length === 0 && resource === 'cluster' ? [CLUSTER] : names.map((name) => literal(resource, name));
  return missingRights(
    rights.map((each) => ({ resource: each, operations: [operation] })),
    principal,
  );
};

/** All missing rights at once, with a command for each. */
export const missingRights = (rights: readonly Right[], principal: string | null): string => {
  const needs = rights.map(rightInWords);
  const commands = rights.map(
    ({ resource, operations }) => `kafka-acls --add ${aclFlags(principal, operations, resource)}`,
  );
  return `needs ${needs.join(', ')}; an administrator grants it with: ${commands.join('; ')} (and --bootstrap-server and --command-config)`;
};

/** `READ and WRITE on topic run.closed` */
export const rightInWords = ({ resource, operations }: Right): string =>
  `${operations.join(' and ')} on ${inWords(resource)}`;

/** Flags of Kafka's tool `kafka-acls`. */
export const aclFlags = (
  principal: string | null,
  operations: readonly Operation[],
  resource: Resource,
): string =>
  [
    `--allow-principal ${shellWord(`User:${principal ?? '<principal>'}`)}`,
    ...operations.map((operation) => `--operation ${pascal(operation)}`),
    ...resourceFlags(resource),
  ].join(' ');

/** `ALTER_CONFIGS` → `AlterConfigs`, as Kafka's tools write it. */
export const pascal = (operation: Operation): string =>
  operation.toLowerCase().replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** Each partition's producer has its own transactional id, so rights are granted on the common prefix. */
const LANE = /^(.*?\.(?:redrive|emit)\.).*:\d+\.\d+$/;

const PARTITION = /\d+(:\d+)?$/;

const literal = (type: Resource['type'], name: string): Resource => {
  switch (type) {
    case 'cluster':
      return CLUSTER;
    case 'topic':
      return { type, name };
    case 'group':
      return { type, name, pattern: 'literal' };
    case 'transactional-id':
      return { type, name: name.replace(LANE, '$1').replace(PARTITION, ''), pattern: 'prefixed' };
  }
};

const inWords = (resource: Resource): string => {
  switch (resource.type) {
    case 'cluster':
      return 'the cluster';
    case 'topic':
      return `topic ${resource.name}`;
    case 'group':
      return resource.pattern === 'literal'
        ? `group ${resource.name}`
        : `groups that begin with ${resource.name}`;
    case 'transactional-id':
      return `transactional ids that begin with ${resource.name}`;
  }
};

const resourceFlags = (resource: Resource): string[] => {
  switch (resource.type) {
    case 'cluster':
      return ['--cluster'];
    case 'topic':
      return [`--topic ${shellWord(resource.name)}`];
    case 'group':
    case 'transactional-id':
      return [
        ...(resource.pattern === 'prefixed' ? ['--resource-pattern-type prefixed'] : []),
        `--${resource.type} ${shellWord(resource.name)}`,
      ];
  }
};
