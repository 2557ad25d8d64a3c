// Has a dashboard, and nothing to do once somebody has looked at it.
import { init } from 'aktis';

const { DASHBOARD_HOST: dashboardHost = '127.0.0.1' } = process.env;
const session = await init({ numCpus: 1, token: 'secret', dashboardHost, dashboardPort: 0 });
process.stdout.write(`${session.dashboardUrl}\n`);
// Whoever started this says when.
process.stdin.once('data', () => process.stdin.unref()).resume();
