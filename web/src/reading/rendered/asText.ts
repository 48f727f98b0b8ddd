import type { Element, Root } from 'hast'
import { isBlock, isElement, isFormula, type Parent, words } from './nodes'

/** What is drawn, as plain text: an empty line between paragraphs, a tab between cells. */
export function asText(root: Root): string {
  return blocksOf(root).join('\n\n')
}

function blocksOf(parent: Parent): string[] {
  const found: string[] = []
  let line = ''
  const end = () => {
    if (line.trim()) found.push(line.trim())
    line = ''
  }
  for (const node of parent.children) {
    if (!isBlock(node as Element) || isFormula(node as Element)) line += words(node)
    else (end(), found.push(...blockOf(node as Element)))
  }
  end()
  return found
}

function blockOf(node: Element): string[] {
  if (node.tagName === 'table') {
    const cells = node.data?.cells ?? cellsOf(node)
    return [cells.map((row) => row.join('\t')).join('\n')]
  }
  if (node.tagName === 'ul' || node.tagName === 'ol')
    return [node.children.flatMap(item).join('\n')]
  if (node.tagName === 'pre') return [words(node).replace(/\n$/, '')]
  return blocksOf(node)
}

function item(node: Element['children'][number]): string[] {
  if (!isElement(node)) return []
  const { value } = node.properties
  const mark = typeof value === 'string' ? `${value}. ` : '- '
  return [mark + blocksOf(node).join('\n').replaceAll('\n', '\n  ')]
}

/** A table's cells, row by row; of a cell over several, the first one has the words. */
export function cellsOf(table: Element): string[][] {
  const rows: string[][] = []
  const all = rowsOf(table)
  let many = 0
  all.forEach((row, down) => {
    const cells = (rows[down] ??= [])
    let across = 0
    for (const cell of row.children) {
      if (!isElement(cell)) continue
      while (cells[across] !== undefined) across++
      let wide = span(cell.properties.colSpan)
      let high = Math.min(all.length - down, span(cell.properties.rowSpan))
      if ((many += wide * high) > MOST_CELLS) [wide, high] = [1, 1]
      for (let y = 0; y < high; y++)
        for (let x = 0; x < wide; x++) (rows[down + y] ??= [])[across + x] = ''
      cells[across] = words(cell).trim()
    }
  })
  return rows.map((row) => Array.from(row, (cell) => cell ?? ''))
}

const rowsOf = (node: Element): Element[] =>
  node.children
    .filter(isElement)
    .flatMap((child) => (child.tagName === 'tr' ? [child] : rowsOf(child)))

/** In a table of more cells, none is over several: a few tags could ask for millions. */
const MOST_CELLS = 20_000

/** How many cells one is over; what nobody would draw is not believed. */
const span = (said: unknown) => Math.min(100, Math.max(1, Number(said) || 1))

/** A table's cells as CSV (RFC 4180). */
export function asCsv(cells: string[][]): string {
  const cell = (words: string) =>
    /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words
  return cells.map((row) => row.map(cell).join(',') + '\r\n').join('')
}
