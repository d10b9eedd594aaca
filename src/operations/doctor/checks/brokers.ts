import type { BrokerAddress } from '../../../kafka/client/broker-addresses.ts';
import { type Finding, found } from '../findings.ts';

/** Nothing if every broker of the metadata can be reached. */
export const checkBrokers = (brokers: readonly BrokerAddress[]): readonly Finding[] =>
  brokers.flatMap(({ nodeId, address, refused }) =>
    refused === null
      ? []
      : [
          found(
            'reachability',
            'broker-unreachable',
            `broker ${String(nodeId)} tells clients to use ${address}, which this machine cannot reach: ${refused.message}`,
            {
              advice: `if the broker is down, start it. Otherwise correct its \`advertised.listeners\` to an address that every client reaches, or let this machine's DNS and network lead to ${address}`,
            },
          ),
        ],
  );
