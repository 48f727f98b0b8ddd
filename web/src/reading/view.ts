/** How a page's image is looked at. */
export interface View {
  zoom: number
  turns: number
  /** What fits into its frame at a zoom of 1: the whole page, or its width. */
  fit: Fit
}

export type Fit = 'page' | 'width'

export const FIT: View = { zoom: 1, turns: 0, fit: 'width' }
const LEAST = 0.25
const MOST = 8

export function zoomed(view: View, factor: number): View {
  return { ...view, zoom: Math.min(MOST, Math.max(LEAST, view.zoom * factor)) }
}

export function turned(view: View): View {
  return { ...view, turns: (view.turns + 1) % 4 }
}

const MOVES = ['in', 'out', 'page', 'width', 'rotate'] as const
export type Move = (typeof MOVES)[number]

export const isMove = (what: string): what is Move => MOVES.some((move) => move === what)

/** How it is looked at after a step closer or away, fitted again, or turned. */
export function moved(view: View, move: Move): View {
  if (move === 'page' || move === 'width') return { zoom: 1, turns: 0, fit: move }
  return move === 'rotate' ? turned(view) : zoomed(view, move === 'in' ? 1.25 : 0.8)
}

interface Room {
  width: number
  height: number
}

/** The size at which an image fits into a room, turned as it is, then zoomed. */
export function sized(view: View, image: { width_px: number; height_px: number }, room: Room) {
  const [across, along] =
    view.turns % 2 ? [image.height_px, image.width_px] : [image.width_px, image.height_px]
  const high = view.fit === 'page' ? (room.height * across) / along : Infinity
  const width = Math.max(50, Math.min(room.width, high)) * view.zoom
  return { width, height: (width * along) / across }
}

export type Asked =
  | 'previous'
  | 'next'
  | Move
  | 'copy'
  | 'source'
  | 'help'
  | 'goTo'
  | 'strip'
  | 'nextDifference'
  | 'previousDifference'
  | 'nextWord'
  | 'previousWord'
  | 'nothing'

/** What a key asks for; one that is typed into a field, or with others held down, is none. */
export function askedBy(event: KeyboardEvent): Asked | null {
  const typed = (event.target as HTMLElement).closest('input, textarea, select, [role=radio]')
  return typed || isToScroll(event) || event.ctrlKey || event.metaKey || event.altKey
    ? null
    : asked(event.key)
}

/** Whether an arrow moves what it is pressed in: a table, say, that is wider than its place. */
export function isToScroll({ key, target }: KeyboardEvent): boolean {
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return false
  const pane = target as HTMLElement
  return pane.scrollWidth > pane.clientWidth && /auto|scroll/.test(getComputedStyle(pane).overflowX)
}

/** What a key asks for; null for keys that are for something else. */
export function asked(key: string): Asked | null {
  switch (key) {
    case 'ArrowLeft':
    case 'k':
      return 'previous'
    case 'ArrowRight':
    case 'j':
      return 'next'
    case '+':
    case '=':
      return 'in'
    case '-':
      return 'out'
    case '0':
      return 'page'
    case 'f':
      return 'width'
    case 'r':
      return 'rotate'
    case 'c':
      return 'copy'
    case 'm':
      return 'source'
    case 't':
      return 'strip'
    case 'g':
      return 'goTo'
    case '?':
      return 'help'
    case 'n':
      return 'nextDifference'
    case 'p':
      return 'previousDifference'
    case 'w':
      return 'nextWord'
    case 'b':
      return 'previousWord'
    case 'Escape':
      return 'nothing'
    default:
      return null
  }
}
