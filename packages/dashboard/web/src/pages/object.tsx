import type { ObjectInfo, ObjectReferenceKind } from '../../../src/api-types.ts';
import { useAnswer } from '../data/use-answer.ts';
import { href } from '../route.ts';
import { bytes, count } from '../text/numbers.ts';
import { fullTime } from '../text/times.ts';
import { Facts } from '../widgets/facts.tsx';
import { NotThere } from '../widgets/gone.tsx';
import { IdLink, NodeLink } from '../widgets/links.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';

const KINDS: readonly (readonly [ObjectReferenceKind, string, string])[] = [
  ['DRIVER', 'Refs in the driver', 'variables of your program; they go when they are collected as garbage'],
  ['WORKER', 'Refs in workers', 'held by tasks and actors'],
  ['TASK_ARGUMENT', 'Arguments', 'of tasks that have not ended'],
  ['OBJECT', 'Inside other objects', 'as long as those are kept'],
  ['ACTOR', 'Constructor arguments', 'of actors, which would be made with them again'],
  ['NODE', 'Refs on other nodes', 'held by what runs there'],
];

export function ObjectPage({ id }: { id: string }) {
  const known = useAnswer<ObjectInfo>(`v0/objects/${encodeURIComponent(id)}`, 2000);
  const object = known.answer;
  return (
    <PageFrame
      title={object ? bytes(object.sizeBytes) : 'Object'}
      crumb={<a href={href('objects')}>Objects</a>}
      beside={object && <span class="quiet">{object.location === 'SPILLED' ? 'spilled to disk' : 'in memory'}</span>}
    >
      {object === undefined ? (
        <NotThere what="object" id={id} known={known} />
      ) : (
        <div class="wide-left">
          <div class="stack">
            <Panel title="What keeps it">
              <table class="simple">
                <tbody>
                  {KINDS.map(([kind, name, meaning]) => (
                    <tr key={kind}>
                      <td class="end" style={{ width: '60px' }}>
                        {count(object.references?.[kind] ?? 0)}
                      </td>
                      <td>
                        {name} <span class="quiet">{meaning}</span>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Panel>
            {object.callSite && (
              <Panel title="Where it was put" flush>
                <pre class="trace" tabIndex={0}>
                  {object.callSite}
                </pre>
              </Panel>
            )}
          </div>
          <Panel title="About">
            <Facts
              facts={[
                [
                  'Made by',
                  object.taskId ? (
                    <IdLink key="by" page="tasks" id={object.taskId} name={object.creator} />
                  ) : (
                    object.creator
                  ),
                ],
                ['Size', `${bytes(object.sizeBytes)} (${count(object.sizeBytes)} bytes)`],
                [
                  'By code in',
                  object.workerId ? <IdLink key="in" page="workers" id={object.workerId} /> : 'the driver',
                ],
                ['Owner', <NodeLink key="owner" id={object.nodeId} />],
                [
                  'Workers with refs',
                  object.workerIds?.length ? <Workers key="workers" ids={object.workerIds} /> : undefined,
                ],
                ['Created', fullTime(object.createdAt)],
                ['Id', <code key="id">{object.objectId}</code>],
              ]}
            />
          </Panel>
        </div>
      )}
    </PageFrame>
  );
}

function Workers({ ids }: { ids: readonly string[] }) {
  return (
    <>
      {ids.map((id, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <IdLink page="workers" id={id} />
        </span>
      ))}
    </>
  );
}
