/** What the guide check must find: a control that no lesson can point at. */
export function Nameless() {
  return <button type="button">x</button>
}
