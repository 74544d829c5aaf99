/**
 * Making and mending elements. What strangers wrote comes in as text alone, and what is shown as it
 * was is left as it is: focus, selection and scrolling stay where they are.
 */

/** @param {string} id @returns {any} */
export const at = (id) => document.getElementById(id);

/**
 * An element with attributes and children; a child that is no element is a text.
 * @param {string} tag @param {Record<string, string | number | undefined | null>} [attributes] @param {...unknown} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

/** The same in a drawing. @returns {any} */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

export function say(element, text) {
  const said = String(text);
  if (element.textContent !== said) element.textContent = said;
}

export function put(element, name, value) {
  const said = value === undefined || value === null ? null : String(value);
  if (element.getAttribute(name) === said) return;
  if (said === null) element.removeAttribute(name);
  else element.setAttribute(name, said);
}

export function show(element, isShown) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

/**
 * As many children as there are items, each made once by its key and mended since.
 * @param {any} parent @param {readonly any[]} items @param {(item: any) => string} keyOf
 * @param {(item: any) => any} create @param {(element: any, item: any) => void} mend
 */
export function keyed(parent, items, keyOf, create, mend) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = keyOf(item);
    const element = known.get(key) ?? create(item);
    known.delete(key);
    element.dataset.key = key;
    mend(element, item);
    const place = before === null ? parent.firstElementChild : before.nextElementSibling;
    if (place !== element) parent.insertBefore(element, place);
    before = element;
  }
  for (const gone of known.values()) gone.remove();
}

/**
 * A table's rows. A cell is a text or `{ text, … }` with a class or a title; a column whose name begins
 * with # is of numbers.
 * @param {any} table @param {readonly string[]} titles @param {readonly (readonly any[])[]} rows
 */
export function fill(table, titles, rows) {
  const [head, body] = [table.tHead, table.tBodies[0]];
  const isNumber = titles.map((title) => title.startsWith('#'));
  const names = titles.map((title) => title.replace('#', ''));
  if (head.dataset.names !== names.join('|')) {
    head.dataset.names = names.join('|');
    head.replaceChildren(
      make(
        'tr',
        {},
        ...names.map((name, n) =>
          make('th', { scope: 'col', class: isNumber[n] ? 'number' : undefined }, name),
        ),
      ),
    );
    body.replaceChildren();
  }
  while (body.rows.length > rows.length) body.deleteRow(-1);
  for (const [n, row] of rows.entries()) {
    let line = body.rows[n];
    if (line === undefined) {
      line = make('tr', {}, make('th', { scope: 'row' }), ...names.slice(1).map(() => make('td')));
      body.append(line);
    }
    for (const [column, value] of row.entries()) {
      const cell = typeof value === 'object' && value !== null ? value : { text: value };
      const element = line.cells[column];
      say(element, cell.text ?? '–');
      put(
        element,
        'class',
        [isNumber[column] ? 'number' : '', cell.class ?? ''].join(' ').trim() || null,
      );
      put(element, 'title', cell.title ?? null);
    }
  }
}
