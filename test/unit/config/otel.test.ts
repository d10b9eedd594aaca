import { expect } from 'chai';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { readPairs } from '../../../src/config/pairs.ts';

const load = (env: Record<string, string>) => loadConfig(env, ['otel']).otel;
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    load(env);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ variable, message }) => `${variable} ${message}`);
  }
};

describe('The settings of traces', () => {
  it('record nothing unless an endpoint is named, and nothing turns traces off', () => {
    expect(load({})).not.to.have.property('traces');
    expect(load({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' })).not.to.have.property('traces');
    expect(load({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).not.to.have.property('traces');
    expect(load(ENDPOINT).traces).to.deep.equal({
      protocol: 'http/protobuf',
      url: 'http://collector:4318/v1/traces',
      sampler: 'parentbased_always_on',
      ratio: 1,
      queue: { maxQueueSize: 2048, maxExportBatchSize: 512, scheduledDelayMillis: 5000 },
    });
  });

  it('prefer what is said for traces alone', () => {
    const traces = load({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces:4317',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '.01',
    }).traces;
    expect(traces).to.include({ url: 'https://traces:4317', protocol: 'grpc', headers: 'b=2', ratio: 0.01 });
    expect(load({ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }).traces?.url).to.equal(
      'http://collector:4318/',
    );
  });

  it('name the service by the variable, else by the attributes', () => {
    const OTEL_RESOURCE_ATTRIBUTES = 'service.name=coffee,team=a%2Cb';
    expect(load({ OTEL_RESOURCE_ATTRIBUTES })).to.deep.include({
      serviceName: 'coffee',
      attributes: { 'service.name': 'coffee', team: 'a,b' },
    });
    expect(load({ OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME: 'other' }).serviceName).to.equal('other');
  });

  it('tell what cannot work, and never the headers', () => {
    const problems = problemsOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://u:Zq9@collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'Zq9',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '2',
    });
    expect(problems).to.have.length(5);
    expect(problems.join('\n')).not.to.include('Zq9');
    expect(problems[0]).to.include('use OTEL_EXPORTER_OTLP_HEADERS');
  });

  it('read pairs as OpenTelemetry does', () => {
    expect(readPairs(' a = 1 ,b=Basic%20eA==,, c=')).to.deep.equal({ a: '1', b: 'Basic eA==', c: '' });
    for (const wrong of ['a', 'a=1,b', '=1', 'a=%']) expect(readPairs(wrong), wrong).to.equal(null);
  });
});
