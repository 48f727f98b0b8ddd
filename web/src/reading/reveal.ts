/** What scrolls by itself: the page around it stays where somebody left it. */
export const PANE = { 'data-pane': true }

const MARGIN_PX = 24

/** Scrolls the pane that something is in until it is seen there, and nothing else. */
export function reveal(element: Element | null | undefined) {
  const pane = element?.closest('[data-pane]')
  if (!element || !pane) return
  const [own, room] = [element.getBoundingClientRect(), pane.getBoundingClientRect()]
  pane.scrollBy(
    distance(own.left, own.right, room.left, room.left + pane.clientWidth),
    distance(own.top, own.bottom, room.top, room.top + pane.clientHeight),
  )
}

/** How far one must go so that something from start to end is between two edges. */
export function distance(start: number, end: number, first: number, last: number): number {
  const room = Math.min(MARGIN_PX, Math.max(0, (last - first - (end - start)) / 2))
  if (start < first + room) return start - first - room
  return end > last - room ? Math.min(end - last + room, start - first - room) : 0
}
