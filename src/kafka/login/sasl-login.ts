import type { KafkaConfig } from 'kafkajs';
import { reveal } from '../../credentials/secret.ts';
import { createTokenSource, type TokenEndpointNames } from '../../credentials/token-endpoint.ts';
import type { Authentication } from '../patches/kafkajs-internals.ts';
import { AUTHENTICATORS } from '../patches/kafkajs.ts';
import { bearerLogin } from './bearer-login.ts';
import { createMskTokens } from './msk-tokens.ts';
import type { SaslSettings } from './sasl-settings.ts';

/** A login for kafkajs: a mechanism of the protocol, with our own implementation. */
export type SaslLogin = {
  readonly mechanism: string;
  readonly authenticationProvider: (authentication: Authentication) => { authenticate(): Promise<void> };
  /** What to check if the broker refuses the login. */
  readonly advice: string;
  /** The name of the last login, if a name was given. */
  readonly principal?: () => string | undefined;
};

type Authenticate = (authentication: Authentication) => Promise<void>;

export const saslLogin = (settings: SaslSettings): NonNullable<KafkaConfig['sasl']> => {
  return loginOf(settings) as SaslLogin & NonNullable<KafkaConfig['sasl']>;
};

const TOKEN = 'KAFKA_SASL_OAUTHBEARER_TOKEN';

const loginOf = (settings: SaslSettings): SaslLogin => {
  switch (settings.mechanism) {
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return byPassword(settings);
    case 'oauthbearer':
      return 'token' in settings
        ? byToken(() => reveal(settings.token, TOKEN), `check ${TOKEN}_FILE: the token may have expired`)
        : byEndpoint(settings);
    case 'aws-msk-iam':
      return byToken(
        createMskTokens(settings.region),
        'check AWS_REGION, and that the IAM policy of this identity allows kafka-cluster:Connect',
      );
  }
};

const byPassword = (settings: Extract<SaslSettings, { readonly username: unknown }>): SaslLogin => {
  let principal: string | undefined;
  const authenticate = async (authentication: Authentication): Promise<void> => {
    const [username, password] = await Promise.all([
      reveal(settings.username, 'KAFKA_SASL_USERNAME'),
      reveal(settings.password, 'KAFKA_SASL_PASSWORD'),
    ]);
    await AUTHENTICATORS[settings.mechanism]({ username, password })(authentication).authenticate();
    principal = username;
  };
  const advice = 'check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD';
  return { ...login(settings.mechanism, advice, authenticate), principal: () => principal };
};

const ENDPOINT: TokenEndpointNames = {
  url: 'KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL',
  clientId: 'KAFKA_SASL_OAUTHBEARER_CLIENT_ID',
  clientSecret: 'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET',
  scope: 'KAFKA_SASL_OAUTHBEARER_SCOPE',
};

const byEndpoint = ({
  tokenEndpoint,
}: Extract<SaslSettings, { readonly tokenEndpoint: unknown }>): SaslLogin => {
  const source = createTokenSource(tokenEndpoint, ENDPOINT);
  const { authenticationProvider, ...rest } = byToken(
    () => source.token(),
    `check the rights of the client that ${ENDPOINT.clientId} names, ${ENDPOINT.scope}, and the issuer and audience that the broker expects`,
  );
  return {
    ...rest,
    authenticationProvider: (authentication) => ({
      authenticate: async () => {
        try {
          await authenticationProvider(authentication).authenticate();
        } catch (error) {
          source.forget();
          throw error;
        }
      },
    }),
  };
};

const byToken = (token: () => Promise<string>, advice: string): SaslLogin =>
  login('oauthbearer', advice, async (authentication) => {
    await bearerLogin((await token()).trim(), authentication);
  });

const login = (mechanism: string, advice: string, authenticate: Authenticate): SaslLogin => ({
  mechanism,
  advice,
  authenticationProvider: (authentication) => ({ authenticate: () => authenticate(authentication) }),
});
