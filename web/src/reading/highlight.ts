import { differs, type Spot, unitsOf } from './spots'

/** What is marked in a text: hits of a search, and spots. */
export interface Marks {
  /** Start and end of each hit, in UTF-16 units. */
  hits: number[][]
  spots: Spot[]
}

export interface Piece {
  text: string
  /** Where it begins in the whole text, in UTF-16 units. */
  start: number
  hit: boolean
  spot: Spot | null
}

/** What is marked: hits as the API has them, spots where readers differ, and the chosen one. */
export function marksOf(text: string, hits: number[][], spots: Spot[], chosen: Spot | null): Marks {
  const unit = unitsOf(text)
  return {
    hits: hits.map((hit) => hit.map(unit)),
    spots: spots.filter((spot) => differs(spot) || spot === chosen),
  }
}

/** A part of a text cut where marks begin and end. Words that are missing are pieces without text. */
export function pieces(text: string, marks: Marks, start = 0, end = text.length): Piece[] {
  const { hits } = marks
  const words = marks.spots.filter(({ kind }) => kind !== 'missing')
  const missing = marks.spots.filter(({ kind }) => kind === 'missing')
  const found: Piece[] = []
  let [hit, word, lost] = [0, 0, 0]
  const addMissing = (until: number, at: number) => {
    for (; missing[lost] && missing[lost]!.start <= until; lost++)
      found.push({ text: '', start: at, hit: false, spot: missing[lost]! })
  }
  const cuts = cutsOf(marks, start, end)
  cuts.forEach((from, index) => {
    const to = cuts[index + 1] ?? end
    addMissing(from, from)
    while (hits[hit] && hits[hit]![1]! <= from) hit++
    while (words[word] && words[word]!.end <= from) word++
    const isHit = hits[hit] !== undefined && hits[hit]![0]! <= from
    const spot = words[word] && words[word]!.start <= from ? words[word]! : null
    if (to > from) found.push({ text: text.slice(from, to), start: from, hit: isHit, spot })
  })
  addMissing(Infinity, end)
  return found
}

/** Where a part of a text begins, and where marks within it begin and end; ascending. */
function cutsOf({ hits, spots }: Marks, start: number, end: number): number[] {
  const edges = [...hits.flat(), ...spots.flatMap((spot) => [spot.start, spot.end])]
  const inside = edges.filter((edge) => edge > start && edge < end)
  return [...new Set([start, ...inside])].sort((one, other) => one - other)
}
