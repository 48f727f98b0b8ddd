import type { Root, RootContent } from 'mdast'

/** Rows that are longer than their table's first one keep all of their cells, which would not be drawn. */
export const wholeTables = () => (root: Root) => visit(root)

function visit(node: Root | RootContent) {
  if (node.type === 'table') {
    const widest = Math.max(...node.children.map((row) => row.children.length))
    const align = (node.align ??= [])
    while (align.length < widest) align.push(null)
  }
  if ('children' in node) node.children.forEach(visit)
}
