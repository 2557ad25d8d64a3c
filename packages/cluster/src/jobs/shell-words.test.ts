import { spawnSync } from 'node:child_process';
import { shellCommand } from './shell-words.ts';

test('what is shown of a command is, pasted into a shell, that command', () => {
  const words = [
    '',
    'a b',
    "it's",
    '"q"',
    '$HOME',
    '*',
    '~',
    'a;b',
    '--x=1',
    '\\',
    'new\nline',
    'é',
    '#c',
    '{a,b}',
    '!1',
  ];
  const shown = shellCommand([process.execPath, '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...words]);
  expect(JSON.parse(spawnSync('sh', ['-c', shown], { encoding: 'utf8' }).stdout)).toEqual(words);
});

test('a command that needs no quotes has none', () => {
  expect(shellCommand(['aktis', 'run', './train.ts', '--epochs=3'])).toBe('aktis run ./train.ts --epochs=3');
  expect(shellCommand(['A=b', '=c'])).toBe("'A=b' '=c'");
  expect(shellCommand(['node', '-e', 'f(1, 2)'])).toBe("node -e 'f(1, 2)'");
});
