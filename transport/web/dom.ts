/** What an element is made of: attributes and listeners by name; `text` is its text, never HTML. */
export interface Properties {
  readonly text?: string;
  readonly class?: string;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  readonly [attribute: string]: unknown;
}

/** Makes an element with children. Texts are texts: nothing is ever read as HTML. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { text, on = {}, ...attributes }: Properties = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

/** A button that does something. */
export function button(text: string, work: () => void, more: Properties = {}): HTMLButtonElement {
  return make("button", { type: "button", text, ...more, on: { click: work } });
}

/** A panel with a heading. */
export function panel(title: string, ...children: Node[]): HTMLElement {
  return make("section", { class: "panel", "aria-label": title }, [make("h2", { text: title }), ...children]);
}

/** Sets a text where it is another: what did not change is neither painted nor read out anew. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Calls `paint` once at the next frame, however often it was asked for. */
export function eachFrame(paint: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      paint();
    });
  };
}
