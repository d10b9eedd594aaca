import type { Config } from '../../config/config.ts';
import { kafkaAclsScript } from './kafka-acls.ts';
import { kafkaRights, type Names } from './principals.ts';
import { rightsSql } from './sql.ts';
import { strimziResources } from './strimzi.ts';

export const RIGHTS_FORMATS = ['kafka-acls', 'strimzi', 'sql'] as const;
export type RightsFormat = (typeof RIGHTS_FORMATS)[number];

/** The rights that each principal needs, as lines of each format. Connects to no server. */
export const rightsTexts = (
  { topics, group }: Config<'group'>,
  names: Names,
): Readonly<Record<RightsFormat, readonly string[]>> => {
  const principals = kafkaRights(names, { prefix: topics.prefix, groupId: group.id });
  return {
    'kafka-acls': kafkaAclsScript(principals),
    strimzi: strimziResources(principals, topics),
    sql: rightsSql(names),
  };
};
