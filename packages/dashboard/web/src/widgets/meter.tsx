/** How much of a limit is used; red from 90 %, unless being full is a good thing (`calm`). */
export function Meter(props: { used: number; limit: number; text: string; calm?: boolean }) {
  const { used, limit, text, calm = false } = props;
  const share = limit > 0 ? Math.min(1, used / limit) : 0;
  return (
    <span class="gauge">
      <span class="meter" data-high={share >= 0.9 && !calm ? '' : undefined}>
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span class="number">{text}</span>
    </span>
  );
}
