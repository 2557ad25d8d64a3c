import { type Metric, type MetricValue, Registry } from 'prom-client';
import type { MetricInfo } from './api-types.ts';

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Metrics in the text format of Prometheus. */
export function prometheusText(metrics: Iterable<MetricInfo>): Promise<string> {
  const registry = new Registry();
  for (const metric of metrics) {
    const name = metric.name.replace(/[^\w:]/g, '_').replace(/^(?=\d)/, '_');
    const { kind: type, description } = metric;
    const get = async () => ({
      name,
      help: description || name,
      type,
      values: valuesOf(name, metric),
      aggregator: 'sum',
    });
    // The registry asks its metrics for nothing else, and what prom-client measures itself lives elsewhere.
    registry.registerMetric({ name, get } as unknown as Metric);
  }
  return registry.metrics();
}

type Value = MetricValue<string> & { metricName?: string };

function valuesOf(name: string, { kind, samples }: MetricInfo): Value[] {
  if (kind !== 'histogram') return samples.map(({ tags, value }) => ({ labels: { ...tags }, value }));
  return samples.flatMap(({ tags, value, count = 0, buckets = [] }) => [
    ...buckets.map(({ upTo, count }) => ({
      metricName: `${name}_bucket`,
      labels: { ...tags, le: upTo },
      value: count,
    })),
    { metricName: `${name}_bucket`, labels: { ...tags, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: { ...tags }, value },
    { metricName: `${name}_count`, labels: { ...tags }, value: count },
  ]);
}
