import { describe, expect, test } from 'vitest';
import { panelHtml } from '../../../../src/host/panel/panelHtml.ts';

describe('the panel’s page', () => {
  test('allows one script, its own styles and fonts, and nothing else', () => {
    const html = panelHtml({
      script: 'https://x/panel.js',
      style: 'https://x/panel.css',
      cspSource: 'https://x',
      nonce: 'n0nce',
      directory: '/runs/"a" <b> & c',
    });
    expect(html).toContain(
      `content="default-src 'none'; script-src 'nonce-n0nce'; style-src https://x 'nonce-n0nce'; font-src https://x"`,
    );
    expect(html).toContain('<script nonce="n0nce" src="https://x/panel.js"></script>');
    expect(html).toContain('data-directory="/runs/&quot;a&quot; &lt;b> &amp; c"');
  });
});
