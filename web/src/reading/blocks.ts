import { type Marks, pieces, type Piece } from './highlight'

/** A part of a text that stands together: of the page itself, or read in one of its pictures. */
export interface Block {
  picture: boolean
  pieces: Piece[]
}

/** Lines that enclose what was read in a picture. */
const PICTURE = /^\[picture\]$([\s\S]*?)^\[\/picture\]$/gm

/** A text cut where pictures begin and end, each part with its marks. */
export function blocks(text: string, marks: Marks): Block[] {
  const parts = partsOf(text)
  return parts.map(({ picture, start, end }, index) => {
    const before = index ? parts[index - 1]!.end : -1
    const last = index === parts.length - 1
    // Words that are missing between two parts belong to the second one.
    const own = ({ kind, start: at }: Marks['spots'][number]) =>
      kind !== 'missing' || (at > before && (at <= end || last))
    const spots = marks.spots.filter(own)
    return { picture, pieces: pieces(text, { ...marks, spots }, start, end) }
  })
}

/** Where the parts begin and end, without empty lines around them: pictures stand apart anyway. */
function partsOf(text: string) {
  const parts: { picture: boolean; start: number; end: number }[] = []
  const add = (picture: boolean, start: number, end: number) => {
    while (start < end && text[start] === '\n') start++
    while (end > start && text[end - 1] === '\n') end--
    if (start < end) parts.push({ picture, start, end })
  }
  let at = 0
  for (const found of text.matchAll(PICTURE)) {
    const start = found.index + '[picture]'.length
    add(false, at, found.index)
    add(true, start, start + found[1]!.length)
    at = found.index + found[0].length
  }
  add(false, at, text.length)
  return parts
}
