import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/widgets.css';
import './styles/table.css';
import './styles/drawings.css';
import { listen } from './data/live.ts';
import { App } from './shell/app.tsx';
import { listenForShortcuts } from './shell/shortcuts.ts';

listen();
listenForShortcuts();
render(<App />, document.getElementById('app') as HTMLElement);
