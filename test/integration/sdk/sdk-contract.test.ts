import { publisherContract } from '../../support/contract/sdk-publisher.ts';
import { subscriberContract } from '../../support/contract/sdk-subscriber.ts';
import { createEdgesOnServers, type EdgesOnServers } from '../../support/contract/sdk-edges-on-servers.ts';

describe('RunClose on servers keeps its contract', function () {
  this.timeout(120_000);

  let edges: EdgesOnServers;
  before(async () => {
    edges = await createEdgesOnServers();
  });
  afterEach(() => edges.endTest());
  after(() => edges.remove());

  describe('A publisher', () => {
    publisherContract(() => edges);
  });
  describe('A subscriber', () => {
    subscriberContract(() => edges);
  });
});
