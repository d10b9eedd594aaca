/**
 * Tokens for Amazon MSK's IAM login, signed locally with the credentials that AWS's own tools would find. The package that signs is
 * optional: only users of MSK install it.
 */
import { Failure } from '../../processor/failure.ts';
import { packageRequire } from '../patches/package-require.ts';

type Signer = {
  generateAuthToken(options: { readonly region: string }): Promise<{ readonly token: string }>;
};

const PACKAGE = 'aws-msk-iam-sasl-signer-js';

/**
 * The returned function rejects with a `Failure`: fatal if the package is missing, transient if there are no credentials at this moment.
 */
export const createMskTokens =
  (region: string, load: () => Signer = () => packageRequire()(PACKAGE) as Signer): (() => Promise<string>) =>
  async () => {
    const signer = loadSigner(load);
    try {
      return (await signer.generateAuthToken({ region })).token;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure(
        'transient',
        'AWS_CREDENTIALS_UNAVAILABLE',
        `signing a token for Amazon MSK in ${region}: ${reason}; check the identity of this process in AWS`,
        { cause: error },
      );
    }
  };

const loadSigner = (load: () => Signer): Signer => {
  try {
    return load();
  } catch (error) {
    const message = `the login aws-msk-iam needs the package ${PACKAGE}: run \`npm install ${PACKAGE}\` beside runclose`;
    throw new Failure('fatal', 'WRONG_CONFIGURATION', message, { cause: error });
  }
};
