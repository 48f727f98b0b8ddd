import { defaultSchema, type Options } from 'rehype-sanitize'

const LEFT_OUT = new Set(['img', 'picture', 'source', 'input'])

/**
 * What of a text may become part of the page. Texts are whatever a model answered to whatever
 * somebody uploaded: nothing runs, nothing is fetched, and no style is taken from them.
 */
export const schema: Options = {
  ...defaultSchema,
  tagNames: [...defaultSchema.tagNames!.filter((name) => !LEFT_OUT.has(name)), 'u', 'mark'],
  attributes: {
    a: ['href'],
    code: [['className', 'language-math', 'math-inline', 'math-display']],
    ol: ['start'],
    td: ['align', 'colSpan', 'rowSpan'],
    th: ['align', 'colSpan', 'rowSpan'],
  },
  protocols: { href: ['http', 'https', 'mailto'] },
  strip: ['script', 'style'],
}

export const allowedTags = new Set(schema.tagNames)
