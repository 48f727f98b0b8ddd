import type {} from 'remark-parse'
import type { Processor } from 'unified'

const OFF = ['definition', 'gfmFootnoteCall', 'gfmFootnoteDefinition']

/**
 * Notes and the addresses of links stay where they are on the page, as they are written there. A
 * parser would number notes anew and move them to the end, and leave out one without its other half.
 */
export function asWritten(this: Processor) {
  const extensions = this.data('micromarkExtensions') ?? []
  this.data('micromarkExtensions', [...extensions, { disable: { null: OFF } }])
}
