import type { Injected } from '../proxy/faults.ts';
import { array, framed, int16, int32, int64, string } from './fields.ts';
import type { KafkaProxy } from './kafka-proxy.ts';

/** Lets clients log in at the proxy by PLAIN with any password, because the broker behind the proxy requires no login. */
export const acceptLogins = (proxy: Pick<KafkaProxy, 'inject'>): readonly Injected[] => [
  proxy.inject({
    when: ({ api }) => api === 'SaslHandshake',
    question: ({ correlationId }) => ({
      answer: framed(int32(correlationId), int16(0), array([string('PLAIN')])),
    }),
  }),
  proxy.inject({
    when: ({ api }) => api === 'SaslAuthenticate',
    question: ({ correlationId, version }) => ({
      answer: framed(
        int32(correlationId),
        int16(0),
        string(null),
        int32(0),
        version >= 1 ? int64(0n) : Buffer.alloc(0),
      ),
    }),
  }),
];

/** The settings that a client needs to log in at the proxy. */
export const LOGIN = {
  KAFKA_SASL_MECHANISM: 'plain',
  KAFKA_SASL_USERNAME: 'somebody',
  KAFKA_SASL_PASSWORD: 'something',
} as const;
