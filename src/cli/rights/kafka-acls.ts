import type { Operation, Resource } from '../../kafka/rights.ts';
import { shellWord } from '../text/shell-word.ts';
import { type PrincipalRights, PURPOSES } from './principals.ts';

/** A shell script: `BOOTSTRAP` is a broker, and `ADMIN` a file with the settings of somebody who may grant rights. */
export const kafkaAclsScript = (principals: readonly PrincipalRights[]): string[] => [
  '# Set BOOTSTRAP to a broker (host:port), and ADMIN to the properties file of somebody who may grant rights.',
  ...principals.flatMap(({ role, name, rights }) => [
    '',
    `# ${role}: ${PURPOSES[role]}`,
    ...rights.map(({ resource, operations }) => aclCommand(name, operations, resource)),
  ]),
];

const aclCommand = (name: string, operations: readonly Operation[], resource: Resource): string =>
  [
    'kafka-acls --bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN" --add',
    `--allow-principal ${shellWord(`User:${name}`)}`,
    ...operations.map((operation) => `--operation ${pascal(operation)}`),
    ...resourceFlags(resource),
  ].join(' ');

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

/** `ALTER_CONFIGS` → `AlterConfigs`, as Kafka's tools and Strimzi write it. */
export const pascal = (operation: Operation): string =>
  operation.toLowerCase().replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
