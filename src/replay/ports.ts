/** What a replay asks of the world beside a history. Every port rejects with a `Failure`. */

/** A command's id once it is claimed: where its record stood, and what it said. */
export type ClaimedCommand = {
  readonly channelId: string;
  readonly commandId: string;
  readonly partition: number;
  readonly offset: number;
  readonly contentHash: Buffer;
};

/** A run once it is closed. */
export type ClosedRun = {
  readonly channelId: string;
  readonly runId: string;
  readonly commandId: string;
  readonly partition: number;
  readonly offset: number;
};

export type ClaimQuery = { readonly channelId: string; readonly commandId: string; readonly runId: string };

export type ClaimAnswer = {
  readonly claimed: Omit<ClaimedCommand, 'channelId' | 'commandId'> | undefined;
  readonly closed: Omit<ClosedRun, 'channelId' | 'runId'> | undefined;
};

/** Every command and every closed run of the past: more than memory holds. */
export interface ClaimIndex {
  /** One answer a query, in order. */
  find(queries: readonly ClaimQuery[]): Promise<readonly ClaimAnswer[]>;
  add(commands: readonly ClaimedCommand[], runs: readonly ClosedRun[]): Promise<void>;
}
