import { publisherContract } from '../../support/contract/sdk-publisher.ts';
import { subscriberContract } from '../../support/contract/sdk-subscriber.ts';
import type { SdkEdges } from '../../support/contract/sdk-edges.ts';
import { createEdgesInMemory } from '../../support/contract/sdk-edges-in-memory.ts';

describe('RunClose in memory keeps the contract of the real one', () => {
  let edges: SdkEdges;
  beforeEach(() => {
    edges = createEdgesInMemory();
  });
  afterEach(() => edges.endTest());

  describe('A publisher', () => {
    publisherContract(() => edges);
  });
  describe('A subscriber', () => {
    subscriberContract(() => edges);
  });
});
