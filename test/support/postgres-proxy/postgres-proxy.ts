import { createConversation } from '../proxy/conversation.ts';
import { createFaults, type Fault, type Injected } from '../proxy/faults.ts';
import type { Link } from '../proxy/link.ts';
import { HERE, startTcpProxy, type Carrier } from '../proxy/tcp-proxy.ts';
import { createMessageReader, endsAnswer, endsStatement, isOfStatement } from './messages.ts';
import { createStatementReader, type Statement } from './statement.ts';

export type PostgresProxy = {
  /** The URL of the same database, behind the proxy. */
  readonly url: string;
  readonly link: Link;
  inject(fault: Fault<Statement>): Injected;
  /** Closes the proxy. Fails if it could not understand a message. */
  close(): Promise<void>;
};

type Asked = { readonly statement: Statement; readonly fault: Fault<Statement> | undefined };

/** Starts a proxy in front of a database that sees each statement of `pg` and its answer, one at a time. No TLS. */
export const startPostgresProxy = async (databaseUrl: string): Promise<PostgresProxy> => {
  const url = new URL(databaseUrl);
  const faults = createFaults<Statement>();
  const problems: unknown[] = [];
  let sessions = 0;

  const carry: Carrier = (client, server) => {
    const readClient = createMessageReader('with a startup message');
    const readServer = createMessageReader('without a startup message');
    const readStatement = createStatementReader(++sessions);
    const { obey, follow } = createConversation(client, server, (problem) => problems.push(problem));
    let question: Buffer[] = [];
    let answer: Buffer[] = [];
    let pending: Asked | null = null;

    const ask = async (messages: readonly Buffer[]): Promise<void> => {
      const statement = readStatement(messages);
      const fault = faults.metBy(statement);
      const verdict = (await fault?.question?.(statement)) ?? 'forward';
      obey(verdict, () => {
        pending = { statement, fault };
        server.write(Buffer.concat(messages));
      });
    };
    const reply = async ({ statement, fault }: Asked, messages: readonly Buffer[]): Promise<void> => {
      const bytes = Buffer.concat(messages);
      const verdict = (await fault?.answer?.(statement, bytes)) ?? 'forward';
      obey(verdict, () => client.write(bytes));
    };

    client.on('data', (chunk: Buffer) => {
      for (const message of readClient(chunk)) {
        if (!isOfStatement(message)) {
          server.write(message);
          continue;
        }
        question.push(message);
        if (!endsStatement(message)) continue;
        follow(ask(question));
        question = [];
      }
    });
    server.on('data', (chunk: Buffer) => {
      for (const message of readServer(chunk)) {
        if (pending === null) {
          client.write(message);
          continue;
        }
        answer.push(message);
        if (!endsAnswer(message)) continue;
        follow(reply(pending, answer));
        pending = null;
        answer = [];
      }
    });
    // If the server ends the connection, it does not say before that it is ready.
    server.once('end', () => client.write(Buffer.concat(answer)));
  };

  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) }, { carry });
  const proxied = new URL(url);
  [proxied.hostname, proxied.port] = [HERE, String(proxy.port)];
  return {
    url: proxied.href,
    link: proxy.link,
    inject: faults.inject,
    close: async () => {
      await proxy.close();
      if (problems.length > 0) throw new AggregateError(problems, 'what passed the Postgres proxy');
    },
  };
};
