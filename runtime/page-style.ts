/** How a page looks: by day, by night and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b2126; --soft: #57616b; --paper: #fff; --panel: #f4f6f8; --line: #d5dbe1; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf0; --soft: #a5b0ba; --paper: #161a1f; --panel: #1f252c; --line: #39424c; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; }
header p, figcaption, caption, dt { color: var(--soft); }
figure { margin: 0; overflow-x: auto; }
figcaption { font-size: .9rem; margin-top: .4rem; overflow-wrap: anywhere; }
svg { display: block; max-width: 100%; height: auto; color: var(--ink); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 44%), 1fr)); gap: .75rem; margin: 1.5rem 0 0; }
.cards div { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }
dt { font-size: .85rem; }
dd { margin: 0; font-size: 1.1rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .9rem; padding-bottom: .4rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); min-width: 3.5rem; overflow-wrap: break-word; }
.number { text-align: right; white-space: nowrap; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; overflow-x: auto; font-size: .85rem; }
.none { color: var(--soft); font-style: italic; }
@media print {
  :root { --ink: #000; --soft: #333; --paper: #fff; --panel: #fff; --line: #999; }
  main { max-width: none; padding: 0; }
  section, figure, tr { break-inside: avoid; }
  pre { white-space: pre-wrap; }
}
`;
