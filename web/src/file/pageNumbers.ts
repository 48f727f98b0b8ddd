/** No document has more pages. */
const MOST = 100_000

/** Page numbers as a selection that the API understands: 1-3,7. */
export function selectionOf(numbers: number[]): string {
  const ranges: [number, number][] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && number <= last[1] + 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

/** The first page that a selection means; without one, the first of the document. */
export function firstOf(selection: string | null): number {
  if (!selection) return 1
  return Math.min(...selection.split(',').map((part) => parseInt(part, 10)))
}

/** How many of a file's pages such a selection means; null: of how many, is not known. */
export function countOf(selection: string, pages: number | null): number | null {
  if (!selection.trim()) return pages
  const wanted = new Set<number>()
  for (const part of selection.split(',')) {
    const [first, last = first] = part.split('-').map(Number)
    const end = Math.min(last!, pages ?? last!, first! + MOST)
    for (let number = first!; number <= end; number++) wanted.add(number)
  }
  return wanted.size
}
