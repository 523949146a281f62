/** Sets rows under headings as Prettier formats a table. */
export function markdownTable([headings = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = headings.map((_, column) =>
    Math.max(...[headings, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [headings, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

/** Returns a page with other paragraphs between its marks `<!-- mark -->` and `<!-- to here -->`. */
export function replaceMarked(page: string, mark: string, paragraphs: readonly string[]): string {
  const start = `<!-- ${mark} -->`;
  const end = '<!-- to here -->';
  const [before, rest] = page.split(start);
  const at = rest?.indexOf(end) ?? -1;
  if (before === undefined || rest === undefined || at < 0) {
    throw new Error(`the page has lost its mark "${mark}"`);
  }
  return [before + start, ...paragraphs, rest.slice(at)].join('\n\n');
}
