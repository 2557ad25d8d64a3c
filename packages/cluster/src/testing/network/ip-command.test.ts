import { runIp } from './ip-command.ts';

test('what is not installed, and what the machine refuses, is told in one error with a code', async () => {
  await expect(runIp(['netns list'], { program: 'no-such-ip' as 'ip' })).rejects.toMatchObject({
    code: 'ERR_AKTIS_NETWORK_UNAVAILABLE',
    message: expect.stringContaining('apt-get install iproute2'),
  });
});
