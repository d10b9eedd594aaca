import type { Patch } from './patch.ts';

type Connection = {
  send(request: object): Promise<unknown>;
  sendAuthRequest(request: object): Promise<unknown>;
};
type Authenticator = { connection: Connection; authenticate(): Promise<void> };

/**
 * Whatever ends a login, a closed connection and an answer that never comes included, kafkajs throws as "authentication failed",
 * without its cause and not to be tried again. Only the broker can refuse a login. The error of the request itself is thrown
 * instead: the broker's error code, if the broker has answered.
 */
export const interruptedLogins: Patch = {
  module: 'broker/saslAuthenticator/index.js',
  apply: (authenticator: { prototype: Authenticator }) => {
    const authenticate = Reflect.get(authenticator.prototype, 'authenticate');
    authenticator.prototype.authenticate = async function (this: Authenticator) {
      const { connection } = this;
      let failed: unknown;
      const remembered =
        (send: Connection['send']): Connection['send'] =>
        (request) =>
          send.call(connection, request).catch((thrown: unknown) => {
            failed ??= thrown;
            throw thrown;
          });
      this.connection = Object.create(connection, {
        send: { value: remembered(Reflect.get(connection, 'send')) },
        sendAuthRequest: { value: remembered(Reflect.get(connection, 'sendAuthRequest')) },
      }) as Connection;
      try {
        await authenticate.call(this);
      } catch (thrown) {
        throw failed ?? thrown;
      } finally {
        this.connection = connection;
      }
    };
    return authenticator;
  },
};
