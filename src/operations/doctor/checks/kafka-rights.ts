import { shellWord } from '../../../domain/words/shell-word.ts';
import { aclFlags, rightInWords } from '../../../kafka/rights/refused-right.ts';
import type { PrincipalRole, Right } from '../../../kafka/rights/rights.ts';
import { type Finding, found, orOk } from '../findings.ts';

export type KafkaRightsFacts = {
  readonly role: PrincipalRole;
  readonly missing: readonly Right[];
  /** Null if only the brokers know the principal. */
  readonly principal: string | null;
  readonly bootstrap: string;
};

export const checkKafkaRights = ({
  role,
  missing,
  principal,
  bootstrap,
}: KafkaRightsFacts): readonly Finding[] =>
  orOk(
    missing.map((right) =>
      found('rights in Kafka', 'kafka-right-missing', `this login needs ${rightInWords(right)} as ${role}`, {
        command: `kafka-acls.sh --bootstrap-server ${shellWord(bootstrap)} --add ${aclFlags(principal, right.operations, right.resource)}`,
        advice: 'an administrator of Kafka runs this command, with --command-config',
      }),
    ),
    'rights in Kafka',
    `this login has every right of the ${role}`,
  );
