import type { Element, ElementContent, Root, RootContent } from 'hast'
import { restored } from './prepare'

declare module 'hast' {
  interface ElementData {
    /** Of a table: its cells, row by row, as they were before marks and formulas are drawn in it. */
    cells?: string[][]
  }
}

export type Parent = Root | Element
export type Child = RootContent | ElementContent

const BLOCKS =
  /^(?:address|blockquote|dd|details|div|dl|dt|h[1-6]|hr|li|ol|p|pre|section|summary|t(?:able|body|foot|head|d|h|r)|ul)$/

export const isElement = (node: Child | Root): node is Element => node.type === 'element'
export const isBlock = (node: Child) => isElement(node) && BLOCKS.test(node.tagName)
export const isFormula = (node: Child): boolean =>
  isElement(node) && String(node.properties.className ?? '').includes('language-math')

/** All that is written in a part, without its marks. */
export function words(node: Parent | Child): string {
  if (node.type === 'text') return restored(node.value)
  if (isElement(node as Child) && (node as Element).tagName === 'br') return '\n'
  return 'children' in node ? node.children.map(words).join('') : ''
}
