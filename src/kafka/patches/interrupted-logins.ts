import type { Patch } from './patch.ts';

type Connection = {
  readonly sasl: object;
  send(request: object): Promise<unknown>;
  sendAuthRequest(request: object): Promise<unknown>;
};
type Authenticator = { connection: Connection; authenticate(): Promise<void> };

/**
 * If a login fails for any reason, even a closed connection or a missing answer, kafkajs throws "authentication failed", without the cause
 * and as not retriable. Only the broker can refuse a login. So this patch throws the error of the request itself: the broker's error code,
 * if the broker has answered. The error carries the login's advice: see login/sasl-login.ts.
 */
export const interruptedLogins: Patch = {
  module: 'broker/saslAuthenticator/index.js',
  apply: (authenticator: { prototype: Authenticator }) => {
    const authenticate = Reflect.get(authenticator.prototype, 'authenticate');
    authenticator.prototype.authenticate = async function (this: Authenticator) {
      const { connection } = this;
      let requestError: unknown;
      const rememberError =
        (send: Connection['send']): Connection['send'] =>
        (request) =>
          send.call(connection, request).catch((thrown: unknown) => {
            requestError ??= thrown;
            throw thrown;
          });
      this.connection = Object.create(connection, {
        send: { value: rememberError(Reflect.get(connection, 'send')) },
        sendAuthRequest: { value: rememberError(Reflect.get(connection, 'sendAuthRequest')) },
      }) as Connection;
      try {
        await authenticate.call(this);
      } catch (thrown) {
        const cause = requestError ?? thrown;
        if (cause instanceof Error && 'advice' in connection.sasl)
          Object.assign(cause, { advice: connection.sasl.advice });
        throw cause;
      } finally {
        this.connection = connection;
      }
    };
    return authenticator;
  },
};
