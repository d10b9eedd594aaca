import type { Colors } from '../frame/output.ts';
import { count, withThousands } from '../../domain/words/count.ts';
import { table } from '../text/table.ts';
import type { Counts, Tally } from '../../operations/forget/tally.ts';

/** The text lists at most this many channels. `--json` prints every channel. */
const LISTED = 50;

export const tallyTable = (tally: Tally, mode: 'dry' | 'write', colors: Colors): string => {
  const channels = tally.channels();
  const more = channels.length - LISTED;
  return table<TallyRow>(
    [
      { title: 'channel', cell: ({ channelId }) => channelId },
      {
        title: mode === 'dry' ? 'would forget' : 'forgotten',
        align: 'right',
        cell: ({ forgotten }) => forgotten ?? '',
      },
      { title: 'not yet emitted', align: 'right', cell: ({ notYetEmitted }) => notYetEmitted ?? '' },
      { title: 'retired cluster', align: 'right', cell: ({ ofRetiredCluster }) => ofRetiredCluster ?? '' },
      { title: 'unreadable', align: 'right', cell: ({ unreadable }) => unreadable ?? '' },
    ],
    [
      ...channels.slice(0, LISTED),
      ...(more > 0 ? [{ channelId: `… and ${withThousands(more)} more: --json` }] : []),
    ],
    colors,
  );
};

/** The last row says how many channels are not listed, and has no counts. */
type TallyRow = { readonly channelId: string } & Partial<Counts>;

/** Sentences that say what could not be forgotten, why, and what to do about it. */
export const leftTexts = (total: Counts): readonly string[] => [
  ...notForgotten(
    total.notYetEmitted,
    'not known to be emitted yet. Run this again when `serve` has emitted the events.',
  ),
  ...notForgotten(
    total.ofRetiredCluster,
    'of a retired cluster, not known to be emitted. `runclose adopt-cluster` returns to that cluster.',
  ),
  ...notForgotten(
    total.unreadable,
    'damaged, or written with another version of the schemas. Run this command with that version of RunClose.',
  ),
];

export const leftOf = ({ notYetEmitted, ofRetiredCluster, unreadable }: Counts): number =>
  notYetEmitted + ofRetiredCluster + unreadable;

const notForgotten = (decisions: number, why: string): readonly string[] =>
  decisions === 0 ? [] : [`Not forgotten: ${count(decisions, 'decision')}, ${why}`];
