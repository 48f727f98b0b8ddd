import { makeStyles, tokens } from '@fluentui/react-components'
import type { Element as Node, Root } from 'hast'
import {
  createContext,
  type MouseEvent,
  type RefObject,
  use,
  useContext,
  useMemo,
  useRef,
} from 'react'
import Markdown, { type Components, type Options } from 'react-markdown'
import rehypeRaw from 'rehype-raw'
import rehypeSanitize from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import { CopyButton } from '../../shared/CopyButton'
import { useText } from '../../text'
import { marksOf } from '../highlight'
import { clicked, Mark, useMarksInView } from '../Mark'
import type { TextShown } from '../MarkedText'
import type { Drawn } from '../PageText'
import { differs, type Spot } from '../spots'
import { asCsv, asText } from './asText'
import { asLaid } from './asLaid'
import { asWords } from './asWords'
import { asWritten } from './asWritten'
import { marked } from './marked'
import { hasFormula } from './markup'
import { prepared, withoutFormulas } from './prepare'
import { schema } from './schema'
import { tidied } from './tidied'
import { wholeCells } from './wholeCells'
import { wholeTables } from './wholeTables'

const line = `1px solid ${tokens.colorNeutralStroke1}`

const useStyles = makeStyles({
  text: {
    overflowWrap: 'anywhere',
    lineHeight: 1.5,
    fontSize: tokens.fontSizeBase300,
    '& > :first-child': { marginTop: 0 },
    // Lines end where they do on the page.
    '& p, & li, & td, & th, & h3, & h4, & h5, & h6, & dd': { whiteSpace: 'pre-line' },
    '& p': { margin: '0 0 10px' },
    '& h3, & h4, & h5, & h6': { margin: '16px 0 8px', lineHeight: 1.3 },
    '& h3': { fontSize: tokens.fontSizeBase500 },
    '& h4': { fontSize: tokens.fontSizeBase400 },
    '& h5, & h6': { fontSize: tokens.fontSizeBase300 },
    '& ul, & ol': { margin: '0 0 10px', paddingLeft: '28px' },
    '& blockquote': {
      margin: '0 0 10px',
      paddingLeft: '14px',
      borderLeft: `3px solid ${tokens.colorNeutralStroke1}`,
    },
    '& pre': { whiteSpace: 'pre-wrap', margin: '0 0 10px' },
    '& code': { fontFamily: tokens.fontFamilyMonospace, fontSize: '0.93em' },
    '& hr': { border: 0, borderTop: line, margin: '14px 0' },
    '& .katex-display': { overflowX: 'auto', overflowY: 'hidden', padding: '4px 0' },
  },
  table: {
    margin: '0 0 14px',
    '& table': { borderCollapse: 'collapse' },
    '& th, & td': { border: line, padding: '4px 10px', verticalAlign: 'top', textAlign: 'start' },
    '& th': { backgroundColor: tokens.colorNeutralBackground3 },
    '& [align=right]': { textAlign: 'right' },
    '& [align=center]': { textAlign: 'center' },
  },
  wide: { overflowX: 'auto', marginBottom: '4px' },
  // What is no part of the text is not taken along when it is selected.
  tools: { userSelect: 'none' },
})

interface Shown extends Required<TextShown> {
  drawn: RefObject<Drawn | null>
}

const Marks = createContext<{ spots: Spot[]; chosen: Spot | null }>({ spots: [], chosen: null })

let fetched: Promise<typeof import('./formulas')> | undefined
const formulas = () =>
  (fetched ??= import('./formulas').catch((error: unknown) => {
    fetched = undefined // the next text with a formula tries again
    throw error
  }))

/** A page's text as its marks of Markdown, HTML and LaTeX say; what would run or be fetched is not. */
export default function RenderedText(props: Shown) {
  const { text, provenance, hits, spots, chosen, from, choose, drawn } = props
  const styles = useStyles()
  const shown = useRef<HTMLDivElement>(null)
  useMarksInView(shown, chosen, from)
  const isLaid = provenance === 'text_layer'
  const more = !isLaid && hasFormula(text) ? use(formulas()).forFormulas : null
  // Of words without a difference, only the chosen one is cut out.
  const plain = chosen && !differs(chosen) ? chosen : null
  const marks = useMemo(() => marksOf(text, hits, spots, plain), [text, hits, spots, plain])
  const markdown = useMemo(() => {
    const source = isLaid ? withoutFormulas(text) : prepared(text)
    const keep = () => (root: Root) => void (drawn.current = { of: text, words: asText(root) })
    const rehype: Options['rehypePlugins'] = [
      rehypeRaw,
      [rehypeSanitize, schema],
      tidied(source),
      keep,
      marked(text, source, marks),
    ]
    return (
      <Markdown
        remarkPlugins={
          isLaid ? OF_LAYERS : [...OF_ANSWERS, wholeTables, asWords, ...(more?.remarkPlugins ?? [])]
        }
        rehypePlugins={[...rehype, ...(more?.rehypePlugins ?? [])]}
        components={COMPONENTS}
      >
        {source}
      </Markdown>
    )
  }, [text, isLaid, marks, more, drawn])
  const click = (event: MouseEvent) => {
    const isTool = (event.target as Element).closest('button, a')
    if (!isTool && getSelection()?.isCollapsed !== false) choose(clicked(event, spots), 'text')
  }
  const context = useMemo(() => ({ spots: marks.spots, chosen }), [marks, chosen])
  return (
    <div ref={shown} className={styles.text} data-testid="text" onClick={click}>
      <Marks value={context}>{markdown}</Marks>
    </div>
  )
}

const GFM: NonNullable<Options['remarkPlugins']> = [[remarkGfm, { singleTilde: false }]]
const OF_ANSWERS = [...GFM, asWritten]
const OF_LAYERS = [...GFM, asLaid, wholeTables, wholeCells]

/** Headings come below those of Lector's own page. */
const COMPONENTS: Components = {
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
  h4: ({ children }) => <h6>{children}</h6>,
  h5: ({ children }) => <h6>{children}</h6>,
  a: Anchor,
  span: Piece,
  table: Table,
}

type Props<Name extends keyof React.JSX.IntrinsicElements> = React.ComponentProps<Name> & {
  node?: Node | undefined
}

/** Of what looks like an address, quotes and angles are no part: it was found within a tag. */
const OUTSIDE = /^(?:https?:|mailto:)(?!.*(?:%22|%3C|%3E|%EF%B7))/i

/** A link that leads to another site is opened beside; any other leads nowhere. */
function Anchor({ href, children }: Props<'a'>) {
  if (!href || !OUTSIDE.test(href)) return <>{children}</>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {children}
    </a>
  )
}

function Piece({ node, ...props }: Props<'span'>) {
  const { spots, chosen } = useContext(Marks)
  const { dataAt, dataEnd, dataHit, dataSpot } = node?.properties ?? {}
  if (typeof dataAt !== 'number') return <span {...props} />
  const spot = typeof dataSpot === 'number' ? (spots[dataSpot] ?? null) : null
  return (
    <Mark
      start={dataAt}
      end={typeof dataEnd === 'number' ? dataEnd : undefined}
      hit={Boolean(dataHit)}
      spot={spot}
      isChosen={spot !== null && spot === chosen}
    >
      {props.children}
    </Mark>
  )
}

function Table({ node, children }: Props<'table'>) {
  const t = useText()
  const styles = useStyles()
  return (
    <div className={styles.table}>
      <div className={styles.wide} tabIndex={0} role="group" aria-label={t.reading.table}>
        <table>{children}</table>
      </div>
      <div className={styles.tools}>
        <CopyButton
          text={() => asCsv(node?.data?.cells ?? [])}
          label={t.reading.copyCsv}
          size="small"
        />
      </div>
    </div>
  )
}
