import type { Element, ElementContent, Root, Text } from 'hast'
import { type Marks, type Piece, pieces } from '../highlight'
import type { Spot } from '../spots'
import { aligned, isPlain, type Run } from './alignment'
import { type Child, isElement, isFormula, type Parent } from './nodes'
import { restored } from './prepare'

/** Cuts what is drawn where marks begin and end; each piece knows where it is in the source. */
export function marked(source: string, prepared: string, marks: Marks) {
  const index = new Map(marks.spots.map((spot, index) => [spot, index]))
  const missing = marks.spots.filter(({ kind }) => kind === 'missing')
  return () => (root: Root) => {
    const last = lastText(root)
    let lost = 0
    /** The marks of a part; words that are missing before it and are in no other, too. */
    const within = (start: number, end: number, isLast: boolean): Marks => {
      const from = lost
      while (missing[lost] && (isLast || missing[lost]!.start <= end)) lost++
      const own = marks.spots.filter((spot) => touches(spot, start, end))
      return { hits: marks.hits, spots: [...missing.slice(from, lost), ...own].sort(inOrder) }
    }
    const cut = (run: Run, isLast: boolean): Piece[] => {
      const found = pieces(source, within(run.start, run.end, isLast), run.start, run.end)
      if (isPlain(run)) return found
      const [first, ...more] = found.filter(({ spot }) => spot?.kind !== 'missing')
      const whole = first ?? { start: run.start, hit: false, spot: null }
      const text = { ...whole, text: restored(run.text) }
      return [...found.filter((piece) => piece !== first && !more.includes(piece)), text]
    }
    const element = ({ text, start, hit, spot }: Piece): Element => ({
      type: 'element',
      tagName: 'span',
      properties: {
        dataAt: start,
        dataHit: hit ? 1 : null,
        dataSpot: spot ? index.get(spot)! : null,
      },
      children: text ? [{ type: 'text', value: text }] : [],
    })
    const visit = (parent: Parent) => {
      const children: Child[] = parent.children
      parent.children = children.flatMap((node): ElementContent[] => {
        if (node.type === 'text') return textCut(node)
        if (!isElement(node)) return []
        if (isFormula(node) || (node.tagName === 'pre' && node.children.some(isFormula)))
          return [formula(node)]
        visit(node)
        return [node]
      })
    }
    const textCut = (node: Text): ElementContent[] => {
      const [start, end] = [node.position?.start.offset, node.position?.end.offset]
      if (start === undefined || end === undefined)
        return [{ ...node, value: restored(node.value) }]
      const runs = aligned(node.value, prepared.slice(start, end), start)
      return runs.flatMap((run, at) =>
        cut(run, node === last && at === runs.length - 1).map(element),
      )
    }
    /** A formula is marked as a whole: where a word of it would be drawn is not known. */
    const formula = (node: Element): Element => {
      const [start, end] = [node.position?.start.offset ?? 0, node.position?.end.offset ?? 0]
      const inside = marks.spots.find((spot) => spot.start < end && spot.end > start) ?? null
      const hit = marks.hits.some(([from = 0, to = 0]) => from < end && to > start)
      const piece = element({ text: '', start, hit, spot: inside })
      return {
        ...piece,
        properties: { ...piece.properties, dataEnd: end },
        children: [node],
      }
    }
    visit(root)
  }
}

const inOrder = (one: Spot, other: Spot) => one.start - other.start

const touches = ({ kind, start, end }: Spot, from: number, to: number) =>
  kind !== 'missing' && start < to && end > from

function lastText(parent: Parent): Text | null {
  for (const node of parent.children.toReversed()) {
    if (node.type === 'text' && node.position?.start.offset !== undefined) return node
    const found = isElement(node) && !isFormula(node) ? lastText(node) : null
    if (found) return found
  }
  return null
}
