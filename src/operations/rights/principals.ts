import {
  type Deployment,
  PRINCIPAL_ROLES,
  type PrincipalRole,
  type Right,
  rightsOf,
} from '../../kafka/rights/rights.ts';

/** The principals of a deployment, by role. `reader` only reads the database. */
export const PARTS = [...PRINCIPAL_ROLES, 'reader'] as const;
export type Part = (typeof PARTS)[number];

/** The names of an installation's principals. The installation does not have the parts that are absent. */
export type Names = Readonly<Partial<Record<Part, string>>>;

/** Every part, under its own name. */
export const ALL_PARTS: Names = Object.fromEntries(PARTS.map((part) => [part, part]));

export type PrincipalRights = {
  readonly role: PrincipalRole;
  readonly name: string;
  readonly rights: readonly Right[];
};

/** Lists the rights of each principal. Expects a subscriber's consumer group to have the name of the subscriber. */
export const kafkaRights = (
  names: Names,
  deployment: Pick<Deployment, 'prefix' | 'groupId'>,
): readonly PrincipalRights[] =>
  PRINCIPAL_ROLES.flatMap((role) => {
    const name = names[role];
    if (name === undefined) return [];
    const subscriberGroups = { upstream: name, downstream: name };
    return [{ role, name, rights: rightsOf(role, { ...deployment, subscriberGroups }) }];
  });

/** Says what each principal does with its rights, for comments in the output. */
export const PURPOSES: Readonly<Record<PrincipalRole, string>> = {
  owner: 'runs `runclose setup`',
  processor: 'runs `runclose serve`',
  upstream: 'publishes commands, waits for their outcomes, and reads rejections in its own group',
  downstream: 'reads closed runs and summaries in its own group',
  operator: 'runs every other command',
};
