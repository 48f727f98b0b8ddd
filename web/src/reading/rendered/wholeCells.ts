import type { Root, RootContent } from 'mdast'

/** In a cell that Lector writes, a bar of the page has a backslash before it, which is none of the page. */
export const wholeCells = () => (root: Root) => visit(root, false)

function visit(node: Root | RootContent, inCell: boolean) {
  if (node.type === 'text' && inCell) node.value = node.value.replaceAll('\\|', '|')
  if ('children' in node)
    node.children.forEach((child) => visit(child, inCell || node.type === 'tableCell'))
}
