import { expect } from 'chai';
import { createMskTokens } from '../../../../src/kafka/login/msk-tokens.ts';
import { failureOf, type Failure } from '../../../../src/processor/failure.ts';

const failure = (tokens: () => Promise<string>): Promise<Failure> =>
  tokens().then(() => expect.fail('a token was given'), failureOf);

describe('A token for Amazon MSK', () => {
  it('is signed for the region, again for each login', async () => {
    let signed = 0;
    const signer = {
      generateAuthToken: ({ region }: { readonly region: string }) =>
        Promise.resolve({ token: `${region} ${String((signed += 1))}` }),
    };
    const tokens = createMskTokens('eu-west-1', () => signer);
    expect([await tokens(), await tokens()]).to.deep.equal(['eu-west-1 1', 'eu-west-1 2']);
  });

  it('needs a package that is not a dependency', async () => {
    const missing = await failure(createMskTokens('eu-west-1'));
    expect(missing).to.include({ kind: 'fatal', code: 'WRONG_CONFIGURATION' });
    expect(missing.message).to.include('npm install aws-msk-iam-sasl-signer-js');
  });

  it('is waited for while AWS gives no credentials', async () => {
    const signer = { generateAuthToken: () => Promise.reject(new Error('no credentials found')) };
    expect(await failure(createMskTokens('eu-west-1', () => signer))).to.include({
      kind: 'transient',
      message:
        'signing a token for Amazon MSK in eu-west-1: no credentials found; check the identity of this process in AWS',
    });
  });
});
