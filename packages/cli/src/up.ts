import { type Command, InvalidArgumentError } from 'commander';
import { addFileArgument, localCluster } from './cluster-file/file-argument.ts';

interface Settings {
  readonly out?: string;
  /** In ms. */
  readonly timeout: number;
}

export function configure(command: Command): void {
  addFileArgument(command)
    .description(
      'Brings up the cluster that a file describes. Provider "local": sets its machines up by ssh, and starts the head and ' +
        'the workers. Provider "kubernetes": writes manifests for "kubectl apply".',
    )
    .option('--timeout <seconds>', 'how long each command on a machine may take', seconds, 600_000)
    .option('--out <dir>', 'with "kubernetes": where the manifests go')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis up cluster.yaml\n  $ aktis up cluster.yaml --out manifests && kubectl apply -f manifests',
    )
    .action((path: string, settings: Settings) => up(command, path, settings));
}

async function up(command: Command, path: string, { out, timeout }: Settings): Promise<void> {
  const { isKubernetes, readClusterFile } = await import('./cluster-file/cluster-file.ts');
  const file = readClusterFile(path);
  if (isKubernetes(file)) {
    if (out === undefined) {
      command.error('error: the provider "kubernetes" needs --out DIR, for the manifests', { exitCode: 2 });
    }
    const { writeManifests } = await import('./cluster-file/kubernetes/write-manifests.ts');
    const written = await writeManifests(file, out);
    console.log([...written, '', `Apply them: kubectl apply -f ${out}`].join('\n'));
    return;
  }
  if (out !== undefined) command.error('error: --out is for the provider "kubernetes"', { exitCode: 2 });
  const [cluster, { newToken }] = await Promise.all([localCluster(path, 'up', ''), import('@aktis/cluster')]);
  const address = await cluster.up(newToken, timeout, (host, line) => console.log(`[${host}] ${line}`));
  const { caFile, tokenFile } = cluster;
  const trust = caFile === undefined ? '' : ` --ca-file ${caFile}`;
  console.log(`The cluster is up at ${address}.`);
  console.log(`  Look:     aktis status --address ${address} --token-file ${tokenFile}${trust}`);
  console.log(`  Run:      aktis exec ${path} 'aktis run program.ts'`);
  console.log(`  End:      aktis down ${path}`);
}

/** In ms. */
function seconds(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('It must be a number of seconds.');
  return number * 1000;
}
