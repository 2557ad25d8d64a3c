import { connectToHost } from '@aktis/transport';
import { plugins } from '../plugin.ts';
import { enterWorker } from '../current-runtime.ts';
import { captureOutput } from './capture-output.ts';
import type { WorkerControl } from './control.ts';
import type { WorkerData } from './worker-data.ts';
import { WorkerRuntime } from './worker-runtime.ts';

// The first module of every worker thread.
const { link, data, expose } = connectToHost<WorkerControl>();
const workerData = data as WorkerData;
for (const module of workerData.plugins) if (!plugins().some(p => p.workerModule === module)) await import(module);
const runtime = new WorkerRuntime(workerData, link);
enterWorker(runtime);
captureOutput(runtime);
expose({ ping: () => Date.now(), memory: () => process.memoryUsage() });
runtime.start();
