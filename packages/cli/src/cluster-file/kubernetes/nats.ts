import type { KubernetesClusterFile } from '../kubernetes-file.ts';
import { type Manifest, metadata, names, selector } from './names.ts';

/** Old ones have known security defects; see docs/operations.md. */
const IMAGE = 'nats:2.12-alpine';
const TLS_FILES = 'cert_file: /etc/nats-tls/tls.crt, key_file: /etc/nats-tls/tls.key, ca_file: /etc/nats-tls/ca.crt';

/** The control store: one nats-server, or three of which any may be lost. */
export function natsManifests(file: KubernetesClusterFile): Manifest[] {
  const { nats } = names(file);
  const { control_servers = 1 } = file.provider;
  const labels = selector(file, 'nats');
  const budget: Manifest = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(file, nats, 'nats'),
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(file, nats, 'nats'),
      data: { 'nats.conf': configuration(file) },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(file, nats, 'nats'),
      spec: {
        // Each pod has a name of its own; servers must find each other before they are ready.
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: labels,
        ports: [
          { name: 'client', port: 4222, targetPort: 4222 },
          { name: 'routes', port: 6222, targetPort: 6222 },
        ],
      },
    },
    statefulSet(file, control_servers),
    ...(control_servers === 3 ? [budget] : []),
  ];
}

function configuration(file: KubernetesClusterFile): string {
  const { nats, namespace } = names(file);
  const { control_servers = 1 } = file.provider;
  const host = (i: number) => `${nats}-${i}.${nats}.${namespace}.svc`;
  const routes = Array.from({ length: control_servers }, (_, i) => `nats-route://${host(i)}:6222`);
  return [
    'server_name: $POD_NAME',
    'port: 4222',
    'http: "127.0.0.1:8222"',
    'max_payload: 1MB',
    'write_deadline: "5s"',
    'authorization { token: $AKTIS_TOKEN, timeout: 3 }',
    `tls { ${TLS_FILES}, timeout: 5 }`,
    // What was acknowledged is on the disk.
    'jetstream { store_dir: /data, sync_interval: always }',
    ...(control_servers === 1
      ? []
      : [
          'cluster {',
          '  name: aktis',
          '  port: 6222',
          // Only who has the key of the Secret gets in: the others are known by their certificate.
          `  tls { ${TLS_FILES}, verify: true, timeout: 5 }`,
          `  routes: [${routes.map(route => JSON.stringify(route)).join(', ')}]`,
          '}',
        ]),
    '',
  ].join('\n');
}

function statefulSet(file: KubernetesClusterFile, replicas: number): Manifest {
  const { nats, secret } = names(file);
  const { nats_image = IMAGE, storage = '5Gi', storage_class, image_pull_secrets } = file.provider;
  const labels = selector(file, 'nats');
  const probe = (path: string) => ({ exec: { command: ['wget', '-q', '-O', '-', `http://127.0.0.1:8222${path}`] } });
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(file, nats, 'nats'),
    spec: {
      serviceName: nats,
      replicas,
      // None of three can begin alone.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 60,
          ...(image_pull_secrets && { imagePullSecrets: image_pull_secrets.map(name => ({ name })) }),
          securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
          ...(replicas === 3 && { topologySpreadConstraints: spread(labels) }),
          containers: [
            {
              name: 'nats',
              image: nats_image,
              args: ['--config', '/etc/nats/nats.conf'],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'AKTIS_TOKEN', valueFrom: { secretKeyRef: { name: secret, key: 'token' } } },
              ],
              ports: [
                { name: 'client', containerPort: 4222 },
                { name: 'routes', containerPort: 6222 },
              ],
              resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } },
              startupProbe: { ...probe('/healthz'), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 150 },
              readinessProbe: { ...probe('/healthz?js-server-only=true'), periodSeconds: 10, timeoutSeconds: 5 },
              livenessProbe: { ...probe('/varz'), periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 4 },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'data', mountPath: '/data' },
                { name: 'config', mountPath: '/etc/nats', readOnly: true },
                { name: 'tls', mountPath: '/etc/nats-tls', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'config', configMap: { name: nats } },
            {
              name: 'tls',
              secret: {
                secretName: secret,
                items: ['tls.crt', 'tls.key', 'ca.crt'].map(key => ({ key, path: key })),
              },
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            ...(storage_class !== undefined && { storageClassName: storage_class }),
            resources: { requests: { storage } },
          },
        },
      ],
    },
  };
}

function spread(labels: Readonly<Record<string, string>>) {
  return [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: labels },
    },
  ];
}
