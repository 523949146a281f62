/** What {@link panelHtml} puts into the page; URIs as the webview understands them. */
export interface PanelHtmlOptions {
  readonly script: string;
  readonly style: string;
  /** The webview's own source for styles and fonts. */
  readonly cspSource: string;
  /** Random, fresh for every page. */
  readonly nonce: string;
  /** The run directory, absolute: the page keeps it as its state, so that a reload finds it. */
  readonly directory: string;
}

/**
 * Writes the panel's page: one script, one style sheet, nothing else may load or run. The toolkit
 * finds the nonce in `csp-nonce` for the one style element with which it probes the browser.
 */
export function panelHtml(options: PanelHtmlOptions): string {
  const { script, style, cspSource, nonce, directory } = options;
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
    <meta property="csp-nonce" content="${nonce}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>BN Lens</title>
    <link rel="stylesheet" href="${escapeAttribute(style)}">
  </head>
  <body data-directory="${escapeAttribute(directory)}">
    <main id="page"></main>
    <script nonce="${nonce}" src="${escapeAttribute(script)}"></script>
  </body>
</html>
`;
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
