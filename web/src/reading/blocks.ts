import { pieces, type Piece } from './highlight'

/** A part of a text that stands together: of the page itself, or read in one of its pictures. */
export interface Block {
  picture: boolean
  pieces: Piece[]
}

/** Lines that enclose what was read in a picture. */
const PICTURE = /^\[picture\]$([\s\S]*?)^\[\/picture\]$/gm

/** A text cut where pictures begin and end, each part with its hits; offsets in code points. */
export function blocks(text: string, hits: number[][]): Block[] {
  const cut: Block[] = []
  const add = (picture: boolean, start: number, end: number) => {
    const [from, part] = withoutEmptyLines(text, start, end)
    const before = [...text.slice(0, from)].length
    const behind = before + [...part].length
    const own = hits.filter(([first = 0, last = 0]) => first >= before && last <= behind)
    const moved = own.map((hit) => hit.map((offset) => offset - before))
    if (part) cut.push({ picture, pieces: pieces(part, moved) })
  }
  let at = 0
  for (const found of text.matchAll(PICTURE)) {
    const start = found.index + '[picture]'.length
    add(false, at, found.index)
    add(true, start, start + found[1]!.length)
    at = found.index + found[0].length
  }
  add(false, at, text.length)
  return cut
}

/** Where a part begins, and the part, without empty lines around it: pictures stand apart anyway. */
function withoutEmptyLines(text: string, start: number, end: number): [number, string] {
  while (start < end && text[start] === '\n') start++
  while (end > start && text[end - 1] === '\n') end--
  return [start, text.slice(start, end)]
}
