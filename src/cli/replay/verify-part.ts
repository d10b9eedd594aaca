import { createBodyCodec } from '../../avro/body-codec.ts';
import { createForgetting } from '../../avro/pii.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { createChannelLedgers, type FoldedLedger } from '../../replay/channel-ledgers.ts';
import { createDecider } from '../../replay/decider.ts';
import type { History } from '../../replay/history.ts';
import type { ClaimIndex, StoredDecisions } from '../../replay/ports.ts';
import type { VerifiedPart } from '../../replay/verify/report.ts';
import { verify } from '../../replay/verify/verification.ts';

export type PartDeps = {
  readonly history: History;
  /** The ledgers to begin with. */
  readonly start: readonly FoldedLedger[];
  readonly stored: StoredDecisions | null;
  readonly claims: ClaimIndex;
  readonly comparedFrom: ReadonlyMap<number, number>;
  readonly channelId: string | undefined;
  readonly limit: number;
  readonly onProgress: (commands: number) => void;
};

/** Verifies a history, or the partitions of it that it holds. */
export const verifyPart = async (deps: PartDeps): Promise<VerifiedPart> => {
  const { history, start, stored, claims, comparedFrom, channelId, limit, onProgress } = deps;
  const schemas = loadSchemas();
  const codec = createBodyCodec(schemas);
  const ledgers = createChannelLedgers(history.policies, start);
  const decider = createDecider({
    decode: (values) => history.decode(values),
    codec,
    ledgers,
    claims,
    ...(stored === null && { hashContent: (command) => codec.hashCommand(command) }),
  });
  const verification = await verify({
    history,
    decider,
    readBody: (type, body) => codec.readBody(type, body),
    forget: createForgetting(schemas),
    stored,
    comparedFrom,
    channelId,
    limit,
    onProgress,
  });
  return { verification, ledgers: ledgers.all() };
};
