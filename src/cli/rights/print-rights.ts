import type { Config } from '../../config/config.ts';
import type { Output } from '../frame/output.ts';
import { kafkaAclsScript } from '../../operations/rights/kafka-acls.ts';
import { kafkaRights, type Names } from '../../operations/rights/principals.ts';
import { rightsSql } from '../../operations/rights/sql.ts';
import { strimziResources } from '../../operations/rights/strimzi.ts';

export const RIGHTS_FORMATS = ['kafka-acls', 'strimzi', 'sql'] as const;
export type RightsFormat = (typeof RIGHTS_FORMATS)[number];

/** Prints which principal needs which rights. Connects to no server. */
export const printRights = async (
  output: Output,
  { topics, group }: Config<'group'>,
  names: Names,
  formats: readonly RightsFormat[],
): Promise<void> => {
  const principals = kafkaRights(names, { prefix: topics.prefix, groupId: group.id });
  const texts: Readonly<Record<RightsFormat, readonly string[]>> = {
    'kafka-acls': kafkaAclsScript(principals),
    strimzi: strimziResources(principals, topics),
    sql: rightsSql(names),
  };
  for (const format of formats) {
    if (formats.length > 1 && !output.json) output.note(`As ${format}:`);
    if (output.json) await output.record({ format, text: texts[format].join('\n') });
    else for (const line of [...texts[format], '']) await output.line(line);
  }
};
