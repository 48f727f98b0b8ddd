import type { ListItem, Nodes, Parents, Root, Text } from 'mdast'

/** A ticked box is drawn as a sign, and an image, which is never fetched, as the words for it. */
export const asWords = () => (root: Root) => visit(root)

function visit(parent: Parents) {
  if (parent.type === 'listItem') tick(parent)
  const children: Nodes[] = parent.children
  children.forEach((node, at) => {
    if (node.type === 'image') children[at] = wordsOf(node.alt ?? '', node.position)
    else if ('children' in node) visit(node)
  })
}

function tick(item: ListItem) {
  const [first] = item.children
  if (typeof item.checked !== 'boolean' || first?.type !== 'paragraph') return
  first.children.unshift(wordsOf(item.checked ? '☑ ' : '☐ ', undefined))
  item.checked = null
}

const wordsOf = (value: string, position: Text['position']): Text => ({
  type: 'text',
  value,
  ...(position && { position }),
})
