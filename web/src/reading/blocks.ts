import { pieces, type Piece } from './highlight'

/** A part of a text that stands together: of the page itself, or read in one of its pictures. */
export interface Block {
  picture: boolean
  pieces: Piece[]
}

/** Lines that enclose what was read in a picture. */
const PICTURE = /^\[picture\]\n(?:([\s\S]*?)\n)?\[\/picture\]$/gm

/** A text cut where pictures begin and end, each part with its hits; offsets in code points. */
export function blocks(text: string, hits: number[][]): Block[] {
  const cut: Block[] = []
  const add = (picture: boolean, start: number, end: number) => {
    const part = text.slice(start, end)
    const [before, inside] = [text.slice(0, start), part].map((one) => [...one].length)
    const own = hits
      .map(([from = 0, to = 0]) => [from - before!, to - before!])
      .filter(([from, to]) => from! >= 0 && to! <= inside!)
    if (part || picture) cut.push({ picture, pieces: pieces(part, own) })
  }
  let at = 0
  for (const found of text.matchAll(PICTURE)) {
    const start = found.index + '[picture]\n'.length
    add(false, at, endOfWords(text, at, found.index))
    add(true, start, start + (found[1]?.length ?? 0))
    at = found.index + found[0].length
    while (text[at] === '\n') at++
  }
  add(false, at, text.length)
  return cut
}

/** Where a part ends without the empty lines behind it: a picture stands apart by itself. */
function endOfWords(text: string, start: number, end: number): number {
  while (end > start && text[end - 1] === '\n') end--
  return end
}
