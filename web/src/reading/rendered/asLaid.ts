import type {} from 'remark-parse'
import type { Processor } from 'unified'

const OFF = [
  ...['attention', 'autolink', 'blockQuote', 'characterEscape', 'characterReference'],
  ...[
    'codeFenced',
    'codeIndented',
    'codeText',
    'definition',
    'hardBreakEscape',
    'hardBreakTrailing',
  ],
  ...['htmlFlow', 'htmlText', 'labelEnd', 'labelStartImage', 'labelStartLink', 'list'],
  ...['setextUnderline', 'thematicBreak', 'strikethrough', 'tasklistCheck'],
  ...['gfmFootnoteCall', 'gfmFootnoteDefinition'],
]

/**
 * Of a text that the PDF itself carries, Lector writes headings and tables, and nothing else: every
 * other sign is one of the page, whatever Markdown would make of it.
 */
export function asLaid(this: Processor) {
  const extensions = this.data('micromarkExtensions') ?? []
  this.data('micromarkExtensions', [...extensions, { disable: { null: OFF } }])
}
