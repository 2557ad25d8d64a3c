import { parseClusterFile } from './cluster-file.ts';

const parse = (text: string) => parseClusterFile('cluster.yaml', text);

const local = `cluster_name: lab
provider:
  type: local
  head_ip: 10.0.0.1
  worker_ips: [10.0.0.2, 10.0.0.3]
auth:
  ssh_user: ubuntu
  ssh_private_key: ~/.ssh/id_ed25519
setup_commands:
  - npm ci
env:
  NODE_ENV: production
`;

test('a file is read as it stands', () => {
  expect(parse(local)).toEqual({
    cluster_name: 'lab',
    provider: { type: 'local', head_ip: '10.0.0.1', worker_ips: ['10.0.0.2', '10.0.0.3'] },
    auth: { ssh_user: 'ubuntu', ssh_private_key: '~/.ssh/id_ed25519' },
    setup_commands: ['npm ci'],
    env: { NODE_ENV: 'production' },
  });
});

test.each([
  [
    'an unknown key',
    `${local}setup_comands: []\n`,
    'cluster.yaml:13: "setup_comands": it is not known here. Allowed: cluster_name, env,',
  ],
  [
    "Ray's name for something",
    `${local}head_start_ray_commands: []\n`,
    'cluster.yaml:13: "head_start_ray_commands": it is called "head_start_commands" here',
  ],
  [
    'what Ray has and Aktis has not',
    `${local}max_workers: 3\n`,
    'cluster.yaml:13: "max_workers": Aktis starts and ends no machines',
  ],
  [
    'a wrong type',
    local.replace('[10.0.0.2, 10.0.0.3]', '10.0.0.2'),
    'cluster.yaml:5: "provider.worker_ips" must be a list, each item a text; it is "10.0.0.2"',
  ],
  [
    'a wrong type in a list',
    local.replace('- npm ci', '- npm ci\n  - 7'),
    'cluster.yaml:11: "setup_commands[1]" must be a text; it is 7',
  ],
  [
    'a number where a text is needed',
    local.replace('production', '3'),
    'cluster.yaml:12: "env.NODE_ENV" must be a text; it is 3',
  ],
  [
    'something missing',
    local.replace('  head_ip: 10.0.0.1\n', ''),
    'cluster.yaml:3: "provider.head_ip" is missing: it must be a text',
  ],
  [
    'an unknown provider',
    local.replace('type: local', 'type: aws'),
    'cluster.yaml:3: "provider.type" must be "local" or "kubernetes"; it is "aws"',
  ],
  ['no provider', 'cluster_name: lab\n', 'cluster.yaml:1: "provider" is missing'],
  ['an empty file', '', 'cluster.yaml is empty; the least is: {cluster_name: lab, '],
  ['nothing but a comment', '# to do\n', 'cluster.yaml is empty'],
  ['a text', 'lab', 'cluster.yaml:1: the file must be a map with provider; it is "lab"'],
  ['no YAML', 'a: [1\nb: 2', 'cluster.yaml:2: this is not valid YAML: '],
  ['a key twice', `${local}cluster_name: other\n`, 'cluster.yaml:13: this is not valid YAML: Map keys must be unique'],
  [
    'a name that is none',
    local.replace('lab', 'The Lab'),
    'cluster.yaml:1: "cluster_name" must be a name of lower-case letters',
  ],
  [
    'two control servers',
    'cluster_name: lab\nprovider:\n  type: kubernetes\n  image: x\n  control_servers: 2\n',
    'cluster.yaml:5: "provider.control_servers" must be 1 or 3; it is 2',
  ],
])('%s is an error with its line', (_, text, message) => {
  let error: Error | undefined;
  try {
    parse(text);
  } catch (thrown) {
    error = thrown as Error;
  }
  expect(error?.message.slice(0, message.length)).toBe(message);
});
