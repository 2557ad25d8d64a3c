import type { ListAnswer, PlacementGroupInfo } from '../../../src/api-types.ts';
import { queryText } from '../data/query.ts';
import { useAnswer } from '../data/use-answer.ts';
import { SearchBox, useListQuery } from '../table/filter-bar.tsx';
import { countOf } from '../text/numbers.ts';
import { resourceText, shortId } from '../text/resources.ts';
import { IdLink, NodeLink } from '../widgets/links.tsx';
import { Empty, Failure } from '../widgets/messages.tsx';
import { Ago } from '../widgets/now.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';
import { State } from '../widgets/state.tsx';

/** More are counted, but not shown: each takes a box of its own. */
const SHOWN = 100;

export function PlacementGroupsPage() {
  const { filters } = useListQuery('name', '-createdAt');
  const query = queryText({ filters, sort: '-createdAt', limit: SHOWN });
  const { answer, failure } = useAnswer<ListAnswer<'placement_groups'>>(`v0/placement_groups${query}&detail=1`, 2000);
  return (
    <PageFrame title="Placement groups">
      <div class="filters">
        <SearchBox placeholder="Name, or state=PENDING strategy=SPREAD" />
      </div>
      {failure && <Failure>{failure}</Failure>}
      {answer?.items.length === 0 && (
        <Empty
          title="No placement groups."
          code={"const group = placementGroup([{ CPU: 1 }, { CPU: 2 }], { strategy: 'PACK' });"}
        >
          A placement group is resources reserved together:
        </Empty>
      )}
      <div class="grid">
        {answer?.items.map(group => (
          <Group key={group.placementGroupId} group={group} />
        ))}
      </div>
      {answer && answer.total > SHOWN && <p class="quiet">{countOf(answer.total - SHOWN, 'more group')}, older</p>}
    </PageFrame>
  );
}

function Group({ group }: { group: PlacementGroupInfo }) {
  const { placementGroupId: id, name, state, strategy, bundles, reason, jobId, createdAt } = group;
  return (
    <Panel title={name ?? shortId(id)} note={<State state={state} />} controls={<span class="quiet">{strategy}</span>}>
      {reason && <p style={{ marginBottom: '8px' }}>{reason}</p>}
      <table class="simple">
        <thead>
          <tr>
            <th class="end">Bundle</th>
            <th>Reserves</th>
            <th>On</th>
          </tr>
        </thead>
        <tbody>
          {bundles.map(({ resources, nodeId }, index) => (
            <tr key={index}>
              <td class="end">{index}</td>
              <td>{resourceText(resources)}</td>
              <td>{nodeId === undefined ? <span class="quiet">not yet</span> : <NodeLink id={nodeId} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet" style={{ marginTop: '8px' }}>
        <code title={id}>{shortId(id)}</code> of job <IdLink page="jobs" id={jobId} />, <Ago time={createdAt} />
      </p>
    </Panel>
  );
}
