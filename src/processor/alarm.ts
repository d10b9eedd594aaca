/** Why a partition has stopped until an operator acts. */
export type Alarm = {
  readonly code:
    | 'CLUSTER_CHANGED'
    | 'INPUT_GAP'
    | 'INPUT_RECREATED'
    | 'OUTPUT_PARTITION_MISSING'
    | 'OUTPUTS_RECREATED'
    | 'RECORD_REFUSED'
    | 'RECORD_TOO_LARGE'
    | 'STORE_BEHIND_LOG'
    | 'STORED_COMMAND_DIFFERS'
    | 'STORED_EVENTS_DIFFER';
  /** Says what is wrong and what resolves it. */
  readonly message: string;
};

/** An alarm about a record, which only the partition's owner can find. The alarm counts until the partition has passed the offset. */
export type RecordedAlarm = Alarm & { readonly offset: number };
