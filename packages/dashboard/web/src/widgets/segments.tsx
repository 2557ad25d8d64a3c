/** One choice of a few. */
export function Segments<Choice extends string>(props: {
  label: string;
  choices: readonly Choice[];
  chosen: Choice;
  name?: (choice: Choice) => string;
  onChoose: (choice: Choice) => void;
}) {
  return (
    <fieldset class="segments" aria-label={props.label}>
      {props.choices.map(choice => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === props.chosen}
          onClick={() => props.onChoose(choice)}
        >
          {props.name?.(choice) ?? choice}
        </button>
      ))}
    </fieldset>
  );
}
