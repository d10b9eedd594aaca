import { expect } from 'chai';
import { createServerWatch } from '../../../../src/operations/serve/server-watch.ts';
import { watchedRegistry } from '../../../../src/operations/serve/watched-registry.ts';
import { Failure } from '../../../../src/processor/failure.ts';
import { createInMemorySchemaRegistry } from '../../../support/in-memory/schema-registry.ts';

const away = new Failure('transient', 'KAFKA_CONNECTION', 'Connection error: certificate has expired');
const refused = new Failure('fatal', 'KAFKA_SASL_AUTHENTICATION_FAILED', 'refused', { isLoginRefused: true });

describe('An outage that a check notices', () => {
  const watching = () => {
    const log: string[] = [];
    const note = (facts: object, text?: string): void => {
      const { err } = facts as { readonly err?: Failure };
      log.push([text, err?.message].filter(Boolean).join(': '));
    };
    return { log, watch: createServerWatch({ warn: note, info: note }, 'kafka') };
  };

  it('is logged with its reason, once, until it ends', () => {
    const { log, watch } = watching();
    watch.failed(away);
    watch.failed(away);
    expect(watch.state()).to.deep.equal({ kind: 'failing', reason: 'KAFKA_CONNECTION' });
    watch.answered();
    watch.answered();
    expect(watch.state()).to.deep.equal({ kind: 'ok' });
    expect(log).to.deep.equal([
      'a server does not answer: waiting for the server: Connection error: certificate has expired',
      'the server answers again',
    ]);
  });

  it('is logged again when another reason shows', () => {
    const { log, watch } = watching();
    watch.failed(away);
    watch.failed(refused);
    expect(watch.state()).to.deep.equal({ kind: 'failing', reason: refused.code });
    expect(log).to.have.length(2);
  });

  it('that a breaker has logged is not logged twice', () => {
    const { log, watch } = watching();
    watch.failed(new Failure('transient', 'BREAKER_OPEN', 'not asking kafka for now'));
    expect([watch.state().kind, log]).to.deep.equal(['failing', []]);
    watch.failed(away);
    watch.failed(new Failure('transient', 'BREAKER_OPEN', 'not asking kafka for now'));
    expect(watch.state()).to.include({ reason: 'KAFKA_CONNECTION' });
  });

  it('is none if one partition alone is in trouble', () => {
    const { log, watch } = watching();
    watch.failed(new Failure('transient', 'KAFKA_LEADER_NOT_AVAILABLE', 'no leader', { scope: 'local' }));
    expect([watch.state().kind, log]).to.deep.equal(['ok', []]);
  });
});

describe('An outage of the registry', () => {
  it('is logged even if known schema ids work', async () => {
    const log: unknown[] = [];
    const watch = createServerWatch(
      { warn: (facts: object) => log.push(facts), info: (facts: object) => log.push(facts) } as never,
      'registry',
    );
    const real = createInMemorySchemaRegistry();
    const registry = watchedRegistry(real, watch);
    await registry.schemaId('s', '{}');
    real.state = 'away';
    for (const subject of ['one', 'two']) await registry.schemaId(subject, '{}').catch(() => undefined);
    expect(watch.state()).to.deep.equal({ kind: 'failing', reason: 'REGISTRY_UNAVAILABLE' });
    real.state = 'answering';
    await registry.schemaId('s', '{}');
    expect(log).to.have.length(2);
  });
});
