import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { memo, type MouseEvent, useEffect, useMemo, useRef } from 'react'
import type { Provenance } from '../api/client'
import { useText } from '../text'
import { blocks } from './blocks'
import { marksOf, type Piece, pieces } from './highlight'
import { markOf, useMarkStyles } from './marks'
import { type Side, type Spot, spotAt } from './spots'

const useStyles = makeStyles({
  text: {
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    margin: 0,
    lineHeight: 1.5,
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase300,
  },
  picture: {
    display: 'block',
    margin: '12px 0',
    padding: '8px 14px 10px',
    borderLeft: `3px solid ${tokens.colorBrandStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    '::before': {
      content: 'attr(aria-label)',
      display: 'block',
      marginBottom: '4px',
      color: tokens.colorNeutralForeground2,
      fontSize: tokens.fontSizeBase200,
      fontWeight: tokens.fontWeightSemibold,
    },
  },
  hit: {
    backgroundColor: tokens.colorPaletteYellowBackground2,
    color: tokens.colorNeutralForeground1,
    borderRadius: '2px',
    outline: `1px solid ${tokens.colorPaletteYellowBorder2}`,
  },
  // What is missing is shown, but neither selected nor copied: it is no part of the text.
  missing: { '::before': { content: 'attr(data-missing)' } },
  chosen: {
    outline: `2px solid ${tokens.colorBrandStroke1}`,
    outlineOffset: '1px',
    scrollMargin: '16px',
  },
})

interface Shown {
  text: string
  provenance: Provenance | null
  hits?: number[][]
  spots?: Spot[]
  chosen?: Spot | null
  /** Where that was chosen; what was clicked in the text is in view already. */
  from?: Side | null
  /** What was clicked; null: nothing that is known on the image. */
  choose?: (spot: Spot | null, from: Side) => void
}

const NONE: never[] = []

/** A page's text: its hits, what readers differ on, and what was read in its pictures stand out. */
export const MarkedText = memo(function MarkedText({
  text,
  provenance,
  hits = NONE,
  spots = NONE,
  chosen = null,
  from = null,
  choose,
}: Shown) {
  const t = useText()
  const styles = useStyles()
  const shown = useRef<HTMLPreElement>(null)
  useEffect(() => {
    shown.current?.querySelector('mark')?.scrollIntoView({ block: 'center' })
  }, [])
  useEffect(() => {
    const mark = chosen && from !== 'text' && shown.current?.querySelector('[data-chosen]')
    if (mark) mark.scrollIntoView({ block: 'nearest' })
  }, [chosen, from])
  // No other text is cut by these lines: on its page they would be words like any other.
  const cut = useMemo(() => {
    const marks = marksOf(text, hits, spots, chosen)
    return provenance === 'mixed'
      ? blocks(text, marks)
      : [{ picture: false, pieces: pieces(text, marks) }]
  }, [text, provenance, hits, spots, chosen])
  const click = (event: MouseEvent) => {
    if (choose && getSelection()?.isCollapsed !== false) choose(clicked(event, cut, spots), 'text')
  }
  return (
    <pre ref={shown} className={styles.text} data-testid="text" onClick={click}>
      {cut.map(({ picture, pieces }, index) =>
        picture ? (
          <span
            key={index}
            role="group"
            aria-label={t.reading.inPicture}
            className={styles.picture}
          >
            <Marked block={index} pieces={pieces} chosen={chosen} />
          </span>
        ) : (
          <Marked key={index} block={index} pieces={pieces} chosen={chosen} />
        ),
      )}
    </pre>
  )
})

interface MarkedShown {
  block: number
  pieces: Piece[]
  chosen: Spot | null
}

function Marked({ block, pieces, chosen }: MarkedShown) {
  const { spots: t } = useText().reading
  const styles = useStyles()
  const marks = useMarkStyles()
  return pieces.map((piece, index) => {
    const { text, hit, spot } = piece
    const isChosen = spot !== null && spot === chosen
    const about = {
      key: index,
      'data-piece': `${block} ${index}`,
      'data-chosen': isChosen || undefined,
    }
    if (!hit && !spot) return <span {...about}>{text}</span>
    const style = mergeClasses(
      hit && styles.hit,
      spot ? markOf(marks, spot) : '',
      isChosen && styles.chosen,
    )
    const title = spot ? t.label(spot) : undefined
    if (spot?.kind === 'missing')
      return (
        <span
          {...about}
          role="note"
          className={mergeClasses(style, styles.missing)}
          data-missing={spot.other}
          aria-label={title}
          title={title}
        />
      )
    if (hit)
      return (
        <mark {...about} className={style} title={title}>
          {text}
        </mark>
      )
    return (
      <span {...about} className={style} title={title}>
        {text}
      </span>
    )
  })
}

/** The spot under the pointer, by where the browser would put the cursor there. */
function clicked(
  { target, clientX, clientY }: MouseEvent,
  cut: { pieces: Piece[] }[],
  spots: Spot[],
): Spot | null {
  const element = (target as Element).closest<HTMLElement>('[data-piece]')
  if (!element) return null
  const [block = 0, index = 0] = element.dataset.piece!.split(' ').map(Number)
  const piece = cut[block]?.pieces[index]
  if (!piece) return null
  if (piece.spot) return piece.spot
  const within = cursor(clientX, clientY)
  return within && element.contains(within.node) ? spotAt(spots, piece.start + within.offset) : null
}

function cursor(x: number, y: number): { node: Node; offset: number } | null {
  if ('caretPositionFromPoint' in document) {
    const found = document.caretPositionFromPoint(x, y)
    return found && { node: found.offsetNode, offset: found.offset }
  }
  const range = (document as Document).caretRangeFromPoint(x, y) // Safari
  return range && { node: range.startContainer, offset: range.startOffset }
}
