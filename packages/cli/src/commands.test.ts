import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { commands } from './commands.ts';

const docs = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
/** Those that docs/command-line.md describes to the last option. */
const LOOKING = ['list', 'get', 'summary', 'logs', 'memory', 'timeline', 'stack', 'profile', 'top'];
const names = Object.keys(commands);

async function configured(name: string): Promise<Command> {
  const command = new Command('aktis').enablePositionalOptions().command(name);
  (await commands[name]?.load())?.configure(command);
  return command;
}

test.each(names)('the help of %s has an example', async name => {
  let help = '';
  const command = await configured(name);
  command.configureOutput({ writeOut: text => (help += text) }).outputHelp();
  expect(help).toContain(`Examples:\n  $ aktis ${name}`);
});

test('docs/command-line.md names every command, with an example, and none that is not there', () => {
  const rows = [...docs.matchAll(/^\| `aktis (\S+)` +\|.*?\| (`.*`) +\|$/gm)];
  expect(rows.map(([, name]) => name).sort()).toEqual([...names].sort());
  for (const [, name, example] of rows) expect(example).toContain(`aktis ${name}`);
});

test.each(LOOKING)('docs/command-line.md describes every option of %s', async name => {
  const { options } = await configured(name);
  expect(options.length).toBeGreaterThan(2);
  for (const { long, short } of options) {
    expect(docs).toContain(`\`${long}`);
    if (short !== undefined && short !== null) expect(docs).toContain(`\`${short}\``);
  }
});
