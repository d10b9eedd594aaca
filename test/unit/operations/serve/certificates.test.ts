import { expect } from 'chai';
import { createAuthority } from '../../../../scripts/stack/certificates/authority.ts';
import type { Config } from '../../../../src/config/config.ts';
import { certificateExpiries } from '../../../../src/operations/serve/certificates.ts';

describe('The expiry of the configured certificates', () => {
  const authority = createAuthority('test');
  const until = (year: number): string =>
    authority.issue({ commonName: 'serve', validUntil: new Date(Date.UTC(year, 0, 1)) }).certificate;

  const expiries = (
    kafka: object,
    registry: object,
    database: () => Pick<Config['database'], 'tls'>,
  ): Promise<Record<string, number>> =>
    certificateExpiries({ config: { kafka: { ssl: kafka }, registry } as unknown as Config, database }).then(
      (found) => Object.fromEntries(found),
    );

  it('is known for each setting, and read again at each look', async () => {
    let renewed = until(2040);
    const found = () =>
      expiries({ cert: () => renewed, ca: [until(2050), until(2060)].join('\n') }, {}, () => ({
        tls: { mode: 'verify-full', cert: until(2045) },
      }));
    expect(await found()).to.deep.equal({
      KAFKA_SSL_CERT: Date.UTC(2040, 0, 1),
      KAFKA_SSL_CA: Date.UTC(2060, 0, 1),
      DATABASE_SSL_CERT: Date.UTC(2045, 0, 1),
    });
    renewed = until(2070);
    expect(await found()).to.include({ KAFKA_SSL_CERT: Date.UTC(2070, 0, 1) });
  });

  it('leaves out what cannot be read at the moment', async () => {
    const gone = (): never => {
      throw new Error('the file is being replaced');
    };
    expect(await expiries({ cert: gone }, { cert: 'no certificate', ca: until(2040) }, gone)).to.deep.equal({
      SCHEMA_REGISTRY_SSL_CA: Date.UTC(2040, 0, 1),
    });
  });
});
