/** Secures a broker: TLS on every listener, and rights for every principal. */
export type KafkaSecurity = {
  /** PEM files: the broker's key and certificate, and the authority of the clients' certificates. */
  readonly keyStore: string;
  readonly trustStore: string;
  /** Super users. The broker's own certificate names one of them. */
  readonly superUsers: readonly string[];
  /** Users with a password. Kafka stores them when its data folder is formatted. */
  readonly users: readonly { readonly name: string; readonly password: string }[];
  /** The probe logs in as this user. */
  readonly probe: { readonly name: string; readonly password: string; readonly ca: string };
};

const MECHANISM = 'SCRAM-SHA-512';
const LOGIN = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';

/** Kafka names a client with a certificate by its common name, so one principal may have a password and a certificate. */
export const securityLines = (
  { keyStore, trustStore, superUsers }: KafkaSecurity,
  saslListeners: readonly string[],
): string => `\
ssl.keystore.type=PEM
ssl.keystore.location=${keyStore}
ssl.truststore.type=PEM
ssl.truststore.location=${trustStore}
ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DEFAULT
listener.name.certified.ssl.client.auth=required
listener.name.controller.ssl.client.auth=required
sasl.enabled.mechanisms=${MECHANISM}
${saslListeners.map((name) => `listener.name.${name.toLowerCase()}.${MECHANISM.toLowerCase()}.sasl.jaas.config=${LOGIN}\n`).join('')}authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=${superUsers.map((name) => `User:${name}`).join(';')}
`;

/** Options of Kafka's `format` command. */
export const scramOptions = ({ users }: KafkaSecurity): string[] =>
  users.flatMap(({ name, password }) => ['--add-scram', `${MECHANISM}=[name=${name},password=${password}]`]);

export const probeLogin = ({ probe: { name, password, ca } }: KafkaSecurity) => ({
  ssl: { ca },
  sasl: { mechanism: 'scram-sha-512', username: name, password } as const,
});
