/**
 * A page that needs nothing else: no script, no request. What a stranger wrote is shown as text.
 */
import { STYLE } from './page-style.ts';

/** `body` is HTML and `style` CSS of ours, on top of what all pages have; the title is a text. */
export const shell = (title: string, body: string, style = ''): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;

/** A title that begins with `#` heads a column of numbers. */
export function table(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return '<p class="none">No data.</p>';
  const isNumber = titles.map((title) => title.startsWith('#'));
  const cell = (tag: string, value: string, at: number): string =>
    `<${tag}${isNumber[at] === true ? ' class="number"' : ''}>${text(value)}</${tag.split(' ')[0]}>`;
  const head = titles.map((title, at) => cell('th scope="col"', title.replace('#', ''), at));
  const body = rows.map(
    (row) => `<tr>${row.map((value, at) => cell('td', value, at)).join('')}</tr>`,
  );
  return `<div class="wide" tabindex="0"><table><caption>${text(caption)}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`;
}

/** Text as a page shows it, also within a quoted attribute. */
export const text = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
