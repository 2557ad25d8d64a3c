import { spawn } from 'node:child_process';
import { once } from 'node:events';

test('an idle worker does not keep the process running', async () => {
  const boot = new URL('../../dist/conformance/thread-peer.js', import.meta.url).href;
  const entry = new URL('../../dist/index.js', import.meta.url).href;
  const program = `
    import(${JSON.stringify(entry)}).then(async ({ HostThread }) => {
      const boot = new URL(${JSON.stringify(boot)});
      const thread = new HostThread({ boot, data: null, onOutput: () => {} });
      thread.ref();
      await thread.control.print('hello\\n', 'hello\\n');
      thread.unref();
      process.on('exit', () => console.log('ended by itself'));
    });
  `;
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', data => {
    output += data;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(output).toBe('ended by itself\n');
});
