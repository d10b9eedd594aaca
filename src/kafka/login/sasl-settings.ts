import type { Secret } from '../../credentials/secret.ts';
import type { TokenEndpoint } from '../../credentials/token-endpoint.ts';

/** How to log in. Each login reads the secrets again, even a later login on the same connection. */
export type SaslSettings =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: Secret;
      readonly password: Secret;
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: Secret }
  /** Tokens from OAuth's client credentials grant, shared by all connections of the client. */
  | { readonly mechanism: 'oauthbearer'; readonly tokenEndpoint: TokenEndpoint }
  /** With the credentials that AWS's own tools would find; needs the package `aws-msk-iam-sasl-signer-js`. */
  | { readonly mechanism: 'aws-msk-iam'; readonly region: string };
