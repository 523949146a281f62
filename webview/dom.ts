type Child = Node | string | null;

/** Attributes and listeners of a new element; `null` and `false` leave an attribute out. */
export type Attributes = Readonly<
  Record<string, string | number | boolean | null | ((event: never) => void)>
>;

/** Builds an element; an attribute given as a function listens to the event of that name. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  decorate(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Builds an SVG element. */
export function svg(
  tag: string,
  attributes: Attributes,
  ...children: readonly Child[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  decorate(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Sets an element's text, touching the document only when it changes. */
export function setText(element: Node, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const ICONS = {
  pause: 'M4.5 3h2v10h-2zM9.5 3h2v10h-2z',
  play: 'M4.5 2.8v10.4L13 8z',
  stop: 'M4 4h8v8H4z',
  table: 'M2 3h12v10H2zM3 4v2h4V4zm5 0v2h5V4zM3 7v2h4V7zm5 0v2h5V7zm-5 3v2h4v-2zm5 0v2h5v-2z',
  chart: 'M2 2h1v11h11v1H2zm2.4 8.8 2.9-3.9 2.4 1.9 3-4.4.8.6-3.6 5.2-2.4-1.9-2.3 3.1z',
  source: 'M9 2h5v5h-1V3.7L7.4 9.4l-.8-.8L12.3 3H9zM3 4h4v1H4v7h7V9h1v4H3z',
  information:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM7.5 7h1v4.5h-1zm0-2.5h1v1h-1z',
  warning: 'M8 1.8 15 14H1zm0 2L2.7 13h10.6zM7.5 6.5h1v3.4h-1zm0 4.3h1v1h-1z',
} as const;

/** Draws one of the page's icons, 16 pixels square, in the colour of the text around it. */
export function icon(name: keyof typeof ICONS): SVGElement {
  return svg(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    svg('path', { d: ICONS[name], fill: 'currentColor', 'fill-rule': 'evenodd' }),
  );
}

function decorate(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value as EventListener);
    else if (value !== null && value !== false) element.setAttribute(name, String(value));
  }
}
