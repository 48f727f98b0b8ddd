import type { components } from '../../client/schema'

type Schemas = components['schemas']
type Source = Pick<Schemas['WholePage'], 'text' | 'words' | 'missing'>

/** A word, or words in a row that differ alike, which the text and the image both have a mark for. */
export interface Spot {
  /** What a second reader says; plain: nobody was asked. missing: only the second reader has it. */
  kind: 'plain' | 'same' | 'near' | 'alone' | 'missing'
  /** Offsets in the text in UTF-16 units, as strings have them; the same where words are missing. */
  start: number
  end: number
  text: string
  /** What the second reader has. */
  other: string | null
  confidence: number | null
  /** Left, top, right and bottom edges in shares of the upright image. */
  boxes: number[][]
}

/** Where a spot was chosen. */
export type Side = 'text' | 'image'

/** Whether the two readers differ there. */
export const differs = ({ kind }: Spot) => kind !== 'plain' && kind !== 'same'

/** Offsets of a text in code points, as the API has them, to those of strings. */
export function unitsOf(text: string): (offset: number) => number {
  const points = new Uint32Array(text.length + 1)
  let count = 0
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1)
    points[count++] = at
  points[count] = text.length
  return (offset) => points[Math.min(offset, count)]!
}

/** All that can be pointed at on a page, in the order of its text. */
export function spotsOf(page: Source): Spot[] {
  const text = page.text ?? ''
  const unit = unitsOf(text)
  const spots: Spot[] = []
  for (const word of page.words ?? []) {
    const [start, end] = [unit(word.start), unit(word.end)]
    const { agreement, other, confidence } = word
    // One in whose place the second reader has an altogether different word is read differently.
    const kind = agreement === 'alone' && other ? 'near' : (agreement ?? 'plain')
    const own = { text: text.slice(start, end), boxes: word.boxes.slice() }
    add(spots, { kind, start, end, other, confidence, ...own }, text)
  }
  const missing: Spot[] = []
  for (const { text: other, box, offset, confidence } of page.missing) {
    const [start, end] = [unit(offset), unit(offset)]
    add(missing, { kind: 'missing', start, end, text: '', other, confidence, boxes: [box] }, text)
  }
  // Where words are missing, they stand before the word that begins there.
  return [...missing, ...spots].sort((one, other) => one.start - other.start)
}

/**
 * What follows on words that differ in the same way is one with them. Of several words that are one
 * of the second reader's, the first has that.
 */
function add(spots: Spot[], spot: Spot, text: string) {
  const last = spots.at(-1)
  const joins = spot.kind === 'near' ? !spot.other : differs(spot)
  if (!joins || last?.kind !== spot.kind || text.slice(last.end, spot.start).trim()) {
    spots.push(spot)
    return
  }
  if (spot.kind === 'missing') last.other = `${last.other} ${spot.other}`
  else last.end = spot.end
  last.text = text.slice(last.start, last.end)
  last.confidence = null
  last.boxes.push(...spot.boxes)
}

/** The spot at an offset in the text, in UTF-16 units. */
export function spotAt(spots: Spot[], offset: number): Spot | null {
  const found = spots.find(({ start, end }) => start <= offset && offset < end)
  return found ?? spots.find(({ start, end }) => start < end && offset === end) ?? null
}

/** The smallest spot under a place on the image, in shares of it. */
export function spotUnder(spots: Spot[], across: number, along: number): Spot | null {
  let found: Spot | null = null
  let least = Infinity
  for (const spot of spots)
    for (const [left = 0, top = 0, right = 0, bottom = 0] of spot.boxes) {
      const size = (right - left) * (bottom - top)
      const inside = left <= across && across <= right && top <= along && along <= bottom
      if (inside && size < least) [found, least] = [spot, size]
    }
  return found
}

/** The spot of a number on which the two readers differ. */
export function spotOfNumber(
  spots: Spot[],
  text: string,
  { start, box }: Schemas['DifferentNumber'],
): Spot | null {
  if (start !== null) return spotAt(spots, unitsOf(text)(start))
  if (!box) return null
  const [left = 0, top = 0, right = 0, bottom = 0] = box
  return spotUnder(spots, (left + right) / 2, (top + bottom) / 2)
}

/** The spot before or behind another, or the first or last one; round and round. */
export function beside(spots: Spot[], spot: Spot | null, step: 1 | -1): Spot | null {
  const at = spot ? spots.indexOf(spot) : -1
  if (at >= 0) return spots[(at + step + spots.length) % spots.length]!
  const start = spot?.start ?? 0
  const behind = spots.findIndex((other) => other.start > start || (!spot && other.start >= start))
  if (step > 0) return spots[Math.max(0, behind)] ?? null
  return spots.at(behind <= 0 ? -1 : behind - 1) ?? null
}

/** Where a place on a turned image is on the upright one, both in shares. */
export function unturned(across: number, along: number, turns: number): [number, number] {
  for (let turn = 0; turn < turns % 4; turn++) [across, along] = [along, 1 - across]
  return [across, along]
}

/**
 * An SVG path around spots, on a square of 1 by 1: words beside each other have one line around, and
 * it keeps some distance, as engines draw boxes so close that a line on them would cross letters.
 */
export const outline = (spots: Spot[]) =>
  spots
    .flatMap(({ boxes }) => (boxes.length > 1 ? joined(boxes) : boxes))
    .map(([left = 0, top = 0, right = 0, bottom = 0]) => {
      const above = DISTANCE + (bottom - top) / 8
      const [from, to] = [near(left - DISTANCE), near(right + DISTANCE)]
      return `M${from} ${near(top - above)}H${to}V${near(bottom + above)}H${from}Z`
    })
    .join('')

/** Between a word and the line around it, in shares of the page. */
const DISTANCE = 0.002
const near = (share: number) => Number(share.toFixed(5))

/** How far apart words on a line may be to be shown as one, in shares of the width. */
const WORD_SPACE = 0.015

/** Boxes with those beside each other on a line made one. */
function joined(boxes: number[][]): number[][] {
  const lines: number[][] = []
  for (const [left = 0, top = 0, right = 0, bottom = 0] of boxes) {
    const last = lines.at(-1)
    const [first = 0, above = 0, end = 0, below = 0] = last ?? []
    const common = Math.min(bottom, below) - Math.max(top, above)
    const isBeside = left >= end - WORD_SPACE && left <= end + WORD_SPACE
    if (last && isBeside && common > Math.min(bottom - top, below - above) / 2)
      lines[lines.length - 1] = [first, Math.min(top, above), right, Math.max(bottom, below)]
    else lines.push([left, top, right, bottom])
  }
  return lines
}
