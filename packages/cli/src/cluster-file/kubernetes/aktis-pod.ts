import type { ContainerResources, KubernetesClusterFile } from '../kubernetes-file.ts';
import { names, selector } from './names.ts';

/** How long a worker that is taken away may take to leave. */
const DRAIN_S = 60;

interface PodSettings {
  readonly component: string;
  /** For `aktis start`, beyond what all have. */
  readonly args: readonly string[];
  readonly resources?: ContainerResources;
  readonly node_selector?: Readonly<Record<string, string>>;
}

/** A pod that is a node of the cluster. */
export function aktisPod(file: KubernetesClusterFile, { component, args, resources, node_selector }: PodSettings) {
  const { nats, namespace, secret } = names(file);
  const { provider, env = {} } = file;
  const labels = selector(file, component);
  const isWorker = component !== 'head';
  const status = { exec: { command: ['aktis', 'status'] }, timeoutSeconds: 20 };
  return {
    metadata: { labels },
    spec: {
      automountServiceAccountToken: false,
      ...(provider.service_account !== undefined && { serviceAccountName: provider.service_account }),
      ...(provider.image_pull_secrets && { imagePullSecrets: provider.image_pull_secrets.map(name => ({ name })) }),
      ...(node_selector !== undefined && { nodeSelector: node_selector }),
      // Beyond what a drain takes.
      terminationGracePeriodSeconds: DRAIN_S + 30,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
      containers: [
        {
          name: 'aktis',
          image: provider.image,
          command: ['aktis', 'start'],
          args: [
            ...['--nats', `tls://${nats}.${namespace}.svc:4222`, '--ca-file', '/etc/aktis/ca.crt'],
            ...['--host', '$(POD_IP)', '--node-name', '$(POD_NAME)', '--block', ...args],
          ],
          env: [
            { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'AKTIS_TOKEN', valueFrom: { secretKeyRef: { name: secret, key: 'token' } } },
            // A directory that does not exist yet: Aktis makes it private.
            { name: 'AKTIS_HOME', value: '/var/lib/aktis/home' },
            { name: 'AKTIS_ADDRESS', value: `tls://${nats}.${namespace}.svc:4222` },
            { name: 'AKTIS_CA_FILE', value: '/etc/aktis/ca.crt' },
            ...Object.entries(env).map(([name, value]) => ({ name, value: String(value) })),
          ],
          ports: isWorker ? [] : [{ name: 'dashboard', containerPort: 8265 }],
          resources: containerResources(resources),
          startupProbe: { ...status, periodSeconds: 5, failureThreshold: 60 },
          readinessProbe: { ...status, periodSeconds: 30, failureThreshold: 3 },
          ...(isWorker && {
            lifecycle: {
              preStop: {
                exec: {
                  command: ['sh', '-c', `aktis drain "$POD_NAME" --reason "its pod ends" --deadline ${DRAIN_S}s`],
                },
              },
            },
          }),
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [
            { name: 'home', mountPath: '/var/lib/aktis' },
            { name: 'ca', mountPath: '/etc/aktis', readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: 'home', emptyDir: {} },
        { name: 'ca', secret: { secretName: secret, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      ],
    },
  };
}

function containerResources({ cpu, memory, gpus }: ContainerResources = {}) {
  const amounts = {
    ...(cpu !== undefined && { cpu: String(cpu) }),
    ...(memory !== undefined && { memory }),
    ...(gpus !== undefined && { 'nvidia.com/gpu': String(gpus) }),
  };
  const { cpu: _, ...limits } = amounts;
  return { requests: amounts, limits };
}
