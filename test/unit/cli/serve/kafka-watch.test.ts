import { expect } from 'chai';
import { createKafkaWatch } from '../../../../src/cli/serve/kafka-watch.ts';
import { Failure } from '../../../../src/processor/failure.ts';

const away = new Failure('transient', 'KAFKA_CONNECTION', 'Connection error: certificate has expired');
const refused = new Failure('fatal', 'KAFKA_SASL_AUTHENTICATION_FAILED', 'refused', { isLoginRefused: true });

describe('An outage of Kafka that a look notices', () => {
  const watching = () => {
    const log: string[] = [];
    const note = (facts: object, text?: string): void => {
      const { err } = facts as { readonly err?: Failure };
      log.push([text, err?.message].filter(Boolean).join(': '));
    };
    return { log, watch: createKafkaWatch({ warn: note, info: note }) };
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
      'Kafka does not answer: waiting for it: Connection error: certificate has expired',
      'Kafka answers again',
    ]);
  });

  it('is logged again when another reason shows', () => {
    const { log, watch } = watching();
    watch.failed(away);
    watch.failed(refused);
    expect(watch.state()).to.deep.equal({ kind: 'failing', reason: refused.code });
    expect(log).to.have.length(2);
  });

  it('that a breaker has told of is not told twice', () => {
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
