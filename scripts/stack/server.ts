/** What the stack knows about each of its servers; everything else is the server's own matter. */
export interface Server {
  readonly name: 'kafka' | 'registry' | 'postgres';
  /** For people: `Apache Kafka 4.1.0`. */
  readonly title: string;
  /** The ports it would like, the one that clients use first. */
  readonly usualPorts: Ports;
  /** Asked one after the other, each for some seconds, before it is killed. */
  readonly stopSignals: readonly NodeJS.Signals[];
  /** Everything of this server that outlives a stop. */
  readonly dataFolders: readonly string[];

  /** Fetches what it is made of, unless it is there. */
  obtain: (signal: AbortSignal) => Promise<void>;
  /** Lays out settings and data, unless they are there, and says how to start. */
  prepare: (ports: Ports) => Promise<Launch>;
  /** Rejects for as long as a client would not be served. */
  probe: (ports: Ports) => Promise<void>;
  /** What its clients need to find it, as environment variables. */
  variables: (ports: Ports) => Record<string, string>;
}

export type Ports = readonly [client: number, ...others: number[]];

export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly account?: Account | undefined;
};

/** Whom a process runs as. */
export type Account = { readonly uid: number; readonly gid: number };
