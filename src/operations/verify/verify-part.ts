import { createBodyCodec } from '../../avro/body-codec.ts';
import { createForgetting } from '../../avro/pii.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { createChannelLedgers, type FoldedLedger } from '../../replay/channel-ledgers.ts';
import { createDecider } from '../../replay/decider.ts';
import type { History } from '../../replay/history.ts';
import type { StoredDecisions } from '../../replay/ports.ts';
import type { VerifiedPart } from '../../replay/verify/report.ts';
import { verify, type VerifiedSoFar } from '../../replay/verify/verification.ts';
import type { ScratchIndex } from '../../scratch/claim-index.ts';

export type PartDeps = {
  readonly history: History;
  /** The ledgers to start with. */
  readonly start: readonly FoldedLedger[];
  readonly stored: StoredDecisions | null;
  readonly claims: ScratchIndex;
  /** The file in which the progress is saved, and from which it is resumed; null: none. */
  readonly checkpoint: Checkpoint | null;
  readonly comparedFrom: ReadonlyMap<number, number>;
  readonly channelId: string | undefined;
  readonly limit: number;
  /** Called first, with the number of commands that an interrupted run has verified; 0: none. */
  readonly onResumed: (commands: number) => void;
  readonly onProgress: (commands: number) => void;
};

export type Checkpoint = { readonly path: string; readonly everySeconds: number };

type Saved = { readonly verified: VerifiedSoFar; readonly ledgers: readonly FoldedLedger[] };

/** Verifies a history, or the part of it that `history` holds. */
export const verifyPart = async (deps: PartDeps): Promise<VerifiedPart> => {
  const {
    history,
    start,
    stored,
    claims,
    checkpoint,
    comparedFrom,
    channelId,
    limit,
    onResumed,
    onProgress,
  } = deps;
  const schemas = loadSchemas();
  const codec = createBodyCodec(schemas);
  const saved = checkpoint && ((await claims.restore(checkpoint.path)) as Saved | undefined);
  onResumed(saved?.verified.commands ?? 0);
  const ledgers = createChannelLedgers(history.policies, saved?.ledgers ?? start);
  let savedAt = performance.now();
  const save = async ({ path, everySeconds }: Checkpoint, soFar: () => VerifiedSoFar): Promise<void> => {
    if (performance.now() - savedAt < 1000 * everySeconds) return;
    await claims.save(path, { verified: soFar(), ledgers: ledgers.all() } satisfies Saved);
    savedAt = performance.now();
  };
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
    forget: createForgetting(schemas),
    stored,
    comparedFrom,
    channelId,
    limit,
    onProgress,
    ...(saved && { resumeFrom: saved.verified }),
    ...(checkpoint && { onPortion: (soFar) => save(checkpoint, soFar) }),
  });
  return { verification, ledgers: ledgers.all() };
};
