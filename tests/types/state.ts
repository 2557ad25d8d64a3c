import { getLog, type LogLine, listActors, listTasks, type StateList, type TaskInfo } from 'aktis';
import { exactly } from './expect.ts';

async function main() {
  const tasks = await listTasks({ filters: [['state', '=', 'FAILED']], sort: '-duration', detail: true });
  exactly<StateList<TaskInfo>>()(tasks);
  exactly<number>()(tasks.total);
  exactly<string | undefined>()(tasks[0]?.error?.message);
  exactly<LogLine[]>()(await getLog({ taskId: 'a' }));
  for await (const line of getLog({ taskId: 'a', follow: true })) exactly<LogLine>()(line);
  // @ts-expect-error tasks have no such field
  await listTasks({ filters: [['clazz', '=', 'Counter']] });
  // @ts-expect-error nor can they be ordered by it
  await listTasks({ sort: '-clazz' });
  // @ts-expect-error there is no such operator
  await listActors({ filters: [['className', 'like', 'Counter']] });
  // @ts-expect-error what is listed cannot be changed
  tasks.push(tasks[0]);
}
void main;
