import { differs, type Spot } from '../reading/spots'

/** Which of two readings a person has taken. */
export type Taken = 'own' | 'other'

/** A spot where it is now in the text that is being corrected. */
export interface Mark {
  spot: Spot
  /** Offsets in the present text in UTF-16 units. */
  start: number
  end: number
  /** Whether somebody has decided what stands there. */
  decided: boolean
  taken: Taken | null
}

/** A text that is being corrected; what readers differ on moves with it. */
export interface Draft {
  text: string
  marks: Mark[]
}

/** Below this, of 100, a reader is not sure of a word. */
const UNSURE = 60

export function begin(text: string, spots: Spot[]): Draft {
  const marks = spots.map((spot) => {
    const { start, end } = spot
    return { spot, start, end, decided: false, taken: null }
  })
  return { text, marks }
}

/** Whether somebody should look at a mark, and has not decided yet. */
export const isOpen = ({ spot, decided }: Mark) =>
  !decided &&
  (differs(spot) || (spot.kind === 'plain' && spot.confidence !== null && spot.confidence < UNSURE))

/** What can be taken at a mark: two readings, one of which may be nothing. */
export const hasChoice = ({ spot }: Mark) => differs(spot)

/** The text after somebody has typed: what was changed is decided by that. */
export function typed(draft: Draft, text: string): Draft {
  const before = draft.text
  const most = Math.min(before.length, text.length)
  let from = 0
  while (from < most && before[from] === text[from]) from++
  let same = 0
  while (same < most - from && before.at(-1 - same) === text.at(-1 - same)) same++
  return replaced(draft, from, before.length - same, text.slice(from, text.length - same))
}

/** The text with the one or the other reading at a mark; the other way round, it is as before. */
export function take(draft: Draft, index: number, taken: Taken): Draft {
  const mark = draft.marks[index]
  if (!mark || !hasChoice(mark)) return draft
  const { spot } = mark
  const reading = taken === 'own' ? spot.text : (spot.other ?? '')
  const [start, end, inserted] = fitted(draft.text, mark, reading)
  const after = replaced(draft, start, end, inserted, index)
  const now = { ...mark, start, end: start + inserted.length, decided: true, taken }
  return { ...after, marks: after.marks.map((one, at) => (at === index ? now : one)) }
}

/** The draft's spots where they are now; of what is decided, nothing is said any more. */
export function spotsNow({ text, marks }: Draft): Spot[] {
  return marks.map(({ spot, start, end, decided }) => {
    const kind = decided ? ('same' as const) : spot.kind
    return { ...spot, kind, start, end, text: text.slice(start, end) }
  })
}

/** Where a reading goes, and with which spaces: none may be lost or doubled around it. */
function fitted(text: string, { start, end }: Mark, reading: string): [number, number, string] {
  const isSpace = (at: number) => at < 0 || at >= text.length || /\s/.test(text[at]!)
  const present = text.slice(start, end)
  const begin = start + (present.length - present.trimStart().length)
  const stop = present.trim() ? end - (present.length - present.trimEnd().length) : begin
  if (reading) {
    const before = isSpace(begin - 1) ? '' : ' '
    const behind = isSpace(stop) || /[.,;:!?)\]]/.test(text[stop]!) ? '' : ' '
    const alone = begin === stop
    return [begin, stop, alone ? `${before}${reading}${behind}` : reading]
  }
  // Of two spaces around a word that goes, one goes with it.
  if (isSpace(begin - 1) && text[stop] === ' ') return [begin, stop + 1, '']
  if (text[begin - 1] === ' ' && isSpace(stop)) return [begin - 1, stop, '']
  return [begin, stop, '']
}

/** A draft with something else in a range; marks behind it move, those within it are decided. */
function replaced(draft: Draft, from: number, to: number, text: string, of = -1): Draft {
  if (from === to && !text) return draft
  const grown = text.length - (to - from)
  let covered = false
  const moved = ({ start, end, ...mark }: Mark, index: number): Mark => {
    if (end < from || (end === from && (start < end || from < to || index !== of)))
      return { ...mark, start, end }
    if (start >= to) return { ...mark, start: start + grown, end: end + grown }
    const [first, last] = [Math.min(start, from), Math.max(end, to) + grown]
    const decided = mark.decided || start < end || from < to
    if (covered) return { ...mark, start: last, end: last, decided }
    covered = true
    return { ...mark, start: first, end: Math.max(first, last), decided }
  }
  return {
    text: draft.text.slice(0, from) + text + draft.text.slice(to),
    marks: draft.marks.map(moved),
  }
}
