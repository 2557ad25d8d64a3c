import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { isRunning, thisProcess } from '../../session/process-identity.ts';
import type { ProcessGuard } from '../process-guard.ts';
import { hardwareAddress } from './frame-switch.ts';
import { runIp } from './ip-command.ts';
import { NetworkUnavailableError } from './network-error.ts';
import { NetworkSwitch } from './network-switch.ts';

/** A machine of the test network: a network namespace with one address. */
export interface TestHost {
  readonly number: number;
  readonly address: string;
  /** Undefined: the one this process is in. */
  readonly namespace: string | undefined;
}

/** Names tell whose they are: `aktis-test_<pid>_<start time>_<count>_<name>`. */
const PREFIX = 'aktis-test';
const MAX_HOSTS = 254;
/** 198.18.0.0/15 is set apart for trials of networks: no real one has these addresses. */
const RANGE = '198.18';
const MTU = 9000;
const KERNEL = { kernel: '10.0.0.1', kernelPort: 4789 };
const SWITCH = { listen: '10.0.0.2', port: 4790 };

let networks = 0;

/**
 * Machines on one machine. Each is a network namespace, and all they send each other goes through one process:
 *
 * ```
 *   host 1 (the test itself)    host 2           host 3           namespaces, each with an address of 198.18.<n>.0/24
 *     aktis<n>                    eth0             eth0           devices of the kind vxlan
 *        └───────────────┬─────────┴────────────────┘
 *                      …_wire     10.0.0.1                        where these devices hand over what they are given
 *                        │
 *                      …_switch   10.0.0.2                        switch-process.ts: forwards, delays or drops it
 * ```
 *
 * So a cut is what it is in life: packets vanish, nobody is told, and the TCP of both ends tries again and again.
 */
export class TestNetwork {
  /** This process. */
  readonly driver: TestHost;
  readonly #switch: NetworkSwitch;
  readonly #name: string;
  readonly #number: number;
  readonly #guard: ProcessGuard;
  readonly #namespaces: string[];
  #hosts = 1;

  private constructor(name: string, number: number, carrier: NetworkSwitch, guard: ProcessGuard, namespaces: string[]) {
    this.#name = name;
    this.#number = number;
    this.#switch = carrier;
    this.#guard = guard;
    this.#namespaces = namespaces;
    this.driver = { number: 1, address: this.#addressOf(1), namespace: undefined };
  }

  /** @throws NetworkUnavailableError when this machine does not allow it, with what is missing. */
  static async open(guard: ProcessGuard): Promise<TestNetwork> {
    assertPossible();
    await sweepLeftovers();
    const { pid, startTime } = thisProcess();
    const name = `${PREFIX}_${pid}_${startTime}_${++networks}`;
    const [wire, center] = [`${name}_wire`, `${name}_switch`];
    for (const namespace of [wire, center]) guard.watchNamespace(namespace);
    try {
      await runIp([
        `netns add ${wire}`,
        `netns add ${center}`,
        `link add wire netns ${wire} mtu 65535 type veth peer name wire netns ${center} mtu 65535`,
      ]);
      await runIp([`addr add ${KERNEL.kernel}/30 dev wire`, 'link set wire up'], { namespace: wire });
      await runIp([`addr add ${SWITCH.listen}/30 dev wire`, 'link set wire up'], { namespace: center });
      const carrier = new NetworkSwitch(center, guard);
      try {
        await carrier.tell({ op: 'open', ...SWITCH, ...KERNEL });
        const number = await enter(wire);
        return new TestNetwork(name, number, carrier, guard, [wire, center]);
      } catch (error) {
        await carrier.end();
        throw error;
      }
    } catch (error) {
      await remove([wire, center]).catch(() => {});
      throw error;
    }
  }

  /** One more machine. */
  async addHost(name: string): Promise<TestHost> {
    const number = ++this.#hosts;
    if (number > MAX_HOSTS) throw new NetworkUnavailableError(`A test network has room for ${MAX_HOSTS - 1} hosts`);
    const namespace = `${this.#name}_${name.replaceAll(/[^\w-]/g, '-').slice(0, 60)}-${number}`;
    const address = this.#addressOf(number);
    this.#guard.watchNamespace(namespace);
    this.#namespaces.push(namespace);
    await runIp([`netns add ${namespace}`]);
    const device = `host${number}`;
    await makeDevice(`${this.#name}_wire`, device, number);
    await runIp([`link set ${device} netns ${namespace}`], { namespace: `${this.#name}_wire` });
    await runIp(['link set lo up', `link set ${device} name eth0`, ...settingUp('eth0', this.#number, number)], {
      namespace,
    });
    return { number, address, namespace };
  }

  /** Resolves when packets between the hosts of each pair are dropped. */
  cut(pairs: readonly (readonly [TestHost, TestHost])[]): Promise<void> {
    return this.#switch.tell({ op: 'cut', pairs: numbersOf(pairs) });
  }

  heal(): Promise<void> {
    return this.#switch.tell({ op: 'heal' });
  }

  /** Resolves when packets between the hosts of each pair take so long, in each direction. */
  delay(pairs: readonly (readonly [TestHost, TestHost])[], milliseconds: number): Promise<void> {
    return this.#switch.tell({ op: 'delay', pairs: numbersOf(pairs), milliseconds });
  }

  async close(): Promise<void> {
    await this.#switch.end();
    await remove(this.#namespaces);
  }

  #addressOf(host: number): string {
    return `${RANGE}.${this.#number}.${host}`;
  }
}

function numbersOf(pairs: readonly (readonly [TestHost, TestHost])[]): [number, number][] {
  return pairs.map(([one, other]) => [one.number, other.number]);
}

function assertPossible(): void {
  if (process.platform !== 'linux') {
    throw new NetworkUnavailableError(`Network namespaces need Linux; this is ${process.platform}`);
  }
  if (process.geteuid?.() !== 0) {
    throw new NetworkUnavailableError('Network namespaces need the rights of root: run the test as root');
  }
}

/** This process gets an address in the network: the first subnet that nobody here uses. Returns its number. */
async function enter(wire: string): Promise<number> {
  const used = new Set(Object.values(networkInterfaces()).flatMap(each => each?.map(({ address }) => address) ?? []));
  for (let number = 1; number < 255; number++) {
    if (used.has(`${RANGE}.${number}.1`)) continue;
    const device = `aktis${number}`;
    await makeDevice(wire, device, 1);
    try {
      await runIp([`link set ${device} netns ${process.pid}`], { namespace: wire });
    } catch (error) {
      // Another test has just taken it.
      await runIp([`link del ${device}`], { namespace: wire });
      if (/File exists/.test((error as Error).message)) continue;
      throw error;
    }
    await runIp(settingUp(device, number, 1));
    return number;
  }
  throw new NetworkUnavailableError(`No subnet of ${RANGE}.0.0/16 is free on this machine`);
}

/** A device whose packets come to the switch as those of this host. */
async function makeDevice(wire: string, device: string, host: number): Promise<void> {
  // Checksums of packets inside are left to the end that takes them (remcsum): the device of the sender does not make them.
  const kind = `type vxlan id ${host} dstport ${KERNEL.kernelPort} local ${KERNEL.kernel} nolearning remcsumtx remcsumrx`;
  await runIp([`link add ${device} address ${hardwareAddress(host)} mtu ${MTU} ${kind}`], { namespace: wire });
  await runIp([`fdb append 00:00:00:00:00:00 dev ${device} dst ${SWITCH.listen} port ${SWITCH.port}`], {
    program: 'bridge',
    namespace: wire,
  });
}

function settingUp(device: string, network: number, host: number): string[] {
  const commands = [
    `addr add ${RANGE}.${network}.${host}/24 dev ${device}`,
    // What leaves in one piece must fit into a datagram.
    `link set ${device} gso_max_size 60000 up`,
  ];
  // Known for good: a host that cannot be asked for its hardware address would count as unreachable, and the end be told so.
  for (let other = 1; other <= MAX_HOSTS; other++) {
    if (other === host) continue;
    commands.push(
      `neigh add ${RANGE}.${network}.${other} lladdr ${hardwareAddress(other)} dev ${device} nud permanent`,
    );
  }
  return commands;
}

/** The devices that came from the wire go with it. */
async function remove(namespaces: readonly string[]): Promise<void> {
  const existing = new Set(allNamespaces());
  const commands = namespaces.filter(name => existing.has(name)).map(name => `netns delete ${name}`);
  if (commands.length > 0) await runIp(commands);
}

/** What tests left that were killed together with their guard. */
async function sweepLeftovers(): Promise<void> {
  const leftovers = allNamespaces().filter(name => {
    const [prefix, pid, startTime = ''] = name.split('_');
    return prefix === PREFIX && !isRunning({ pid: Number(pid), startTime });
  });
  // Two tests that start at the same time may sweep the same.
  await remove(leftovers).catch(() => {});
}

function allNamespaces(): string[] {
  try {
    return readdirSync('/run/netns');
  } catch {
    return [];
  }
}
