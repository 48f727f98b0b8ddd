import 'katex/dist/katex.min.css'
import rehypeKatex from 'rehype-katex'
import remarkMath from 'remark-math'
import type { Options } from 'react-markdown'

/** What is needed for formulas alone. A formula of somebody's may neither link nor grow without end. */
export const forFormulas: Required<Pick<Options, 'remarkPlugins' | 'rehypePlugins'>> = {
  remarkPlugins: [remarkMath],
  rehypePlugins: [[rehypeKatex, { trust: false, strict: false, maxSize: 20, maxExpand: 200 }]],
}
