/** The interface between the stack and each of its servers. */
export interface Server {
  readonly name: 'kafka' | 'registry' | 'postgres';
  /** For people: `Apache Kafka 4.1.0`. */
  readonly title: string;
  /** The preferred ports; the one for clients comes first. */
  readonly usualPorts: Ports;
  /** Sent one after the other, some seconds apart. If the server still runs then, it is killed. */
  readonly stopSignals: readonly NodeJS.Signals[];
  /** Everything of this server that outlives a stop. */
  readonly dataFolders: readonly string[];

  /** Fetches the server's files, unless they are there. */
  obtain: (signal: AbortSignal) => Promise<void>;
  /** Creates settings and data, unless they exist, and returns how to start the server. */
  prepare: (ports: Ports) => Promise<Launch>;
  /** Rejects while the server would not serve a client. */
  probe: (ports: Ports) => Promise<void>;
  /** The environment variables that clients need to find the server. */
  variables: (ports: Ports) => Record<string, string>;
}

export type Ports = readonly [client: number, ...others: number[]];

export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly account?: Account | undefined;
};

/** The account of a process. */
export type Account = { readonly uid: number; readonly gid: number };
