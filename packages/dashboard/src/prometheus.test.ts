import { prometheusText } from './prometheus.ts';
import { Quantiles } from './quantiles.ts';

test('counters, gauges and histograms come in the text format of Prometheus', async () => {
  const text = await prometheusText([
    {
      name: 'hits',
      kind: 'counter',
      description: 'Of a page',
      tagKeys: ['path'],
      samples: [{ tags: { path: '/a"b' }, value: 3 }],
    },
    {
      name: 'latency.ms',
      kind: 'histogram',
      description: '',
      tagKeys: [],
      samples: [
        {
          tags: {},
          value: 12,
          count: 3,
          buckets: [
            { upTo: 1, count: 1 },
            { upTo: 10, count: 2 },
          ],
        },
      ],
    },
  ]);
  expect(text.split('\n').filter(Boolean)).toEqual([
    '# HELP hits Of a page',
    '# TYPE hits counter',
    'hits{path="/a\\"b"} 3',
    '# HELP latency_ms latency_ms',
    '# TYPE latency_ms histogram',
    'latency_ms_bucket{le="1"} 1',
    'latency_ms_bucket{le="10"} 2',
    'latency_ms_bucket{le="+Inf"} 3',
    'latency_ms_sum 12',
    'latency_ms_count 3',
  ]);
});

test('quantiles are of what was observed lately, evenly within a bucket', () => {
  const quantiles = new Quantiles();
  const sample = (...counts: [number, number, number]) => ({
    tags: {},
    value: 0,
    count: counts[2],
    buckets: [
      { upTo: 10, count: counts[0] },
      { upTo: 20, count: counts[1] },
    ],
  });
  expect(quantiles.look('a', sample(0, 0, 0))).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  const [half, most] = quantiles.look('a', sample(10, 20, 20)) as [number, number];
  expect(half).toBeCloseTo(10);
  expect(most).toBeCloseTo(19);
  expect(quantiles.look('beyond', sample(0, 0, 5))[0]).toBe(20);
});
