export interface Piece {
  text: string
  hit: boolean
}

/** A text cut where hits begin and end; offsets are in code points, as the API tells them. */
export function pieces(text: string, hits: number[][]): Piece[] {
  const points = [...text]
  const cut: Piece[] = []
  let at = 0
  for (const [start = 0, end = 0] of hits) {
    if (start > at) cut.push({ text: points.slice(at, start).join(''), hit: false })
    cut.push({ text: points.slice(start, end).join(''), hit: true })
    at = end
  }
  if (at < points.length) cut.push({ text: points.slice(at).join(''), hit: false })
  return cut
}
