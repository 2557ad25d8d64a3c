import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { commands } from './commands.ts';

/** Exit codes of every command. */
export const ExitCode = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;

/** The `aktis` command: `main(process.argv)`. Sets `process.exitCode`; never throws for wrong usage. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endQuietlyWithReader);
  const program = new Command('aktis')
    .description('Remote functions, actors and objects on threads and machines, for TypeScript.')
    .version(version(), '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('See: aktis --help')
    .exitOverride()
    .configureHelp({ subcommandTerm: command => command.name(), showGlobalOptions: false })
    .addHelpText(
      'after',
      "\nExamples:\n  $ aktis run hello.ts        run a program, decorators and all, without configuration\n  $ aktis start --head        start a cluster; init({ address: 'auto' }) uses it\n  $ aktis doctor              find out why something does not work\n  $ aktis run --help          what a command takes",
    );
  // What a command takes is in its module, and only one of them is needed.
  const words = argv.slice(2).filter(word => !word.startsWith('-'));
  const given = words[0] === 'help' ? words[1] : words[0];
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).summary(summary).description(summary);
    command.showHelpAfterError(`See: aktis ${name} --help`);
    if (name === given) (await load()).configure(command);
  }
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
      return;
    }
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    console.error(`aktis ${given}: ${(error as Error).message}`);
    process.exitCode = code;
  }
}

/** Of what Aktis says to the user; undefined for what nobody expected. By its code: its class is not loaded yet. */
function exitCodeOf(error: unknown): number | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !code.startsWith('ERR_AKTIS')) return undefined;
  if (code === 'ERR_AKTIS_CLUSTER_UNREACHABLE') return ExitCode.unreachable;
  const isUsage = code === 'ERR_AKTIS_INVALID_OPTION' || code === 'ERR_AKTIS_CLUSTER_FILE';
  return isUsage ? ExitCode.usage : ExitCode.failed;
}

/** `aktis … | head` reads as much as it wants and goes. */
function endQuietlyWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

function version(): string {
  return (createRequire(import.meta.url)('../package.json') as { version: string }).version;
}
