import { color } from 'chart.js/helpers';
import type { RunDomain } from '../src/protocol/run.ts';

/** What canvases need of the editor's theme, as CSS colours. */
export interface Theme {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly warning: string;
  readonly threshold: string;
  readonly font: string;
  /** By domain id. */
  readonly domains: readonly string[];
}

/** Blue and orange stay apart for every kind of colour vision; the rest follows in that order. */
const REAL = 'blue';
const SYNTHETIC = 'orange';
const FURTHER = ['purple', 'green', 'yellow', 'red'] as const;

type ChartColor = typeof REAL | typeof SYNTHETIC | (typeof FURTHER)[number];

/** Names each domain's colour among VS Code's chart colours, the same one on the whole page. */
export function domainColors(domains: readonly Pick<RunDomain, 'kind'>[]): ChartColor[] {
  const real = domains.findIndex(({ kind }) => kind === 'real');
  const synthetic = domains.findIndex(({ kind }) => kind === 'synthetic');
  let further = 0;
  return domains.map((_, domain) => {
    if (domain === real) return REAL;
    if (domain === synthetic) return SYNTHETIC;
    return FURTHER[further++ % FURTHER.length] ?? REAL;
  });
}

/** Reads the theme that the editor gives the page now. */
export function readTheme(domains: readonly Pick<RunDomain, 'kind'>[]): Theme {
  const style = getComputedStyle(document.body);
  const read = (name: string): string => style.getPropertyValue(`--vscode-${name}`).trim();
  const text = read('editor-foreground') || read('foreground');
  const contrast = read('contrastBorder');
  return {
    text,
    muted: read('descriptionForeground') || text,
    grid: contrast ? withAlpha(contrast, 0.35) : withAlpha(text, 0.1),
    surface: read('editor-background'),
    warning: read('charts-yellow') || text,
    threshold: read('charts-red') || text,
    font: read('font-family') || 'sans-serif',
    // Themes may derive a chart colour from a see-through highlight: lines need it whole.
    domains: domainColors(domains).map((name) => withAlpha(read(`charts-${name}`) || text, 1)),
  };
}

/** Calls back whenever the editor changes its theme. */
export function onThemeChange(listener: () => void): void {
  new MutationObserver(listener).observe(document.body, { attributeFilter: ['class', 'style'] });
  new MutationObserver(listener).observe(document.documentElement, { attributeFilter: ['style'] });
}

/** Gives a colour another opacity; `alpha` from 0, see-through, to 1. */
export function withAlpha(value: string, alpha: number): string {
  return color(value).alpha(alpha).rgbString();
}
