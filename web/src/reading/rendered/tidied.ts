import type { Element, Root, Text } from 'hast'
import { aligned } from './alignment'
import { cellsOf } from './asText'
import { type Child, isBlock, isElement, isFormula, type Parent, words } from './nodes'

/** Elements between whose parts a browser shows no spaces. */
const OF_PARTS = new Set(['table', 'thead', 'tbody', 'tfoot', 'tr', 'ul', 'ol', 'dl', 'section'])
const HOLDS_BLOCKS = new Set(['blockquote', 'li', 'dd', 'div', 'details'])
/** What parsers make of a text, as it is to be shown: as it was written, and nothing in between. */
export function tidied(source: string) {
  return () => (root: Root) => tidy(root, source)
}

function tidy(parent: Parent, source: string) {
  const children: Child[] = parent.children
  parent.children = children
    .filter((node) => !isBetween(node, parent))
    .flatMap((node) => (node.type === 'text' ? withFormulas(node, source) : [node as Element]))
  for (const node of parent.children) {
    if (!isElement(node)) continue
    if (node.tagName === 'ol') number(node, source)
    if (node.tagName === 'p') display(node, source)
    tidy(node, source)
  }
  if (!isElement(parent)) return
  if (parent.tagName === 'thead' && !words(parent)) parent.children = []
  // Before marks and formulas are drawn in it.
  if (parent.tagName === 'table') parent.data = { cells: cellsOf(parent) }
}

/** Whether something is but the space between two parts. */
function isBetween(node: Child, parent: Parent): boolean {
  if (node.type !== 'text' || node.value.trim()) return false
  if (!isElement(parent) || OF_PARTS.has(parent.tagName)) return true
  return HOLDS_BLOCKS.has(parent.tagName) && parent.children.some(isBlock)
}

/** Numbers as they were written: a browser would count on from the first. */
function number(list: Element, source: string) {
  for (const node of list.children) {
    const start = node.position?.start.offset
    if (!isElement(node) || start === undefined) continue
    const written = /^\s*(\d{1,9})[.)]/.exec(source.slice(start, start + 20))?.[1]
    if (written) node.properties.value = written
  }
}

/** A formula that stands in a paragraph alone, between double signs, is one of its own. */
function display(paragraph: Element, source: string) {
  const [formula, ...more] = paragraph.children
  const start = formula?.position?.start.offset
  if (formula?.type !== 'element' || more.length || !isFormula(formula)) return
  if (start !== undefined && source.startsWith('$$', start))
    formula.properties.className = ['language-math', 'math-display']
}

/** Formulas in HTML, where the parser of Markdown does not look: of dollars, only theirs are left. */
function withFormulas(node: Text, source: string): (Text | Element)[] {
  const [start, end] = [node.position?.start.offset, node.position?.end.offset]
  if (start === undefined || end === undefined || !node.value.includes('$')) return [node]
  const runs = aligned(node.value, source.slice(start, end), start)
  let shown = 0
  const parts = node.value.split(/(\$\$?[^$]+\$\$?)/).map((value): Text | Element => {
    const from = offsetOf(runs, shown)
    shown += value.length
    const text: Text = { type: 'text', value, position: between(from, offsetOf(runs, shown)) }
    if (!value.startsWith('$')) return text
    const formula: Text = { type: 'text', value: value.replace(/^\$+|\$+$/g, '') }
    const properties = { className: ['language-math', 'math-inline'] }
    return { ...text, type: 'element', tagName: 'code', properties, children: [formula] }
  })
  return parts.filter((part) => part.type === 'element' || part.value)
}

const between = (start: number, end: number) => ({
  start: { line: 1, column: 1, offset: start },
  end: { line: 1, column: 1, offset: end },
})

/** Where in the source a place in what is shown is from. */
function offsetOf(runs: ReturnType<typeof aligned>, shown: number): number {
  let before = 0
  for (const { text, start, end } of runs) {
    if (shown < before + text.length) return Math.min(end, start + shown - before)
    before += text.length
  }
  return runs.at(-1)?.end ?? 0
}
