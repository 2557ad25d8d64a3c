import { refresh } from '../data/refresh.ts';
import { go, href } from '../route.ts';
import { switchTheme } from '../theme.ts';
import { isHelpOpen } from './help.tsx';
import { SECTIONS } from './sections.ts';

/** How long after `g` the second key may come. */
const PAUSE = 3000;

let pressedGoAt = 0;

/** Keys that work on every page, as listed by `Help`. */
export function listenForShortcuts(): void {
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return;
    if (act(event.key)) event.preventDefault();
  });
}

function act(key: string): boolean {
  const section = SECTIONS.find(section => section.key === key);
  if (section !== undefined && performance.now() - pressedGoAt < PAUSE) {
    pressedGoAt = 0;
    go(href(section.page));
    return true;
  }
  pressedGoAt = key === 'g' ? performance.now() : 0;
  switch (key) {
    case '?':
      isHelpOpen.value = true;
      return true;
    case '/':
      document.querySelector<HTMLElement>('[data-search]')?.focus();
      return true;
    case 'r':
      refresh();
      return true;
    case 'd':
      switchTheme();
      return true;
    case 'u':
      history.back();
      return true;
    case 'j':
    case 'ArrowDown':
      return enterTable();
    default:
      return false;
  }
}

/** Goes into the table of the page, when the reader is nowhere in particular. */
function enterTable(): boolean {
  const isNowhere = document.activeElement === document.body || document.activeElement?.id === 'page';
  const table = document.querySelector<HTMLElement>('[role=grid]');
  if (!isNowhere || table === null) return false;
  table.focus();
  return true;
}

/** The element knows first: its event of being closed comes later than the next key may. */
function isDialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), select, textarea');
}
