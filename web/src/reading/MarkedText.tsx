import { makeStyles, tokens } from '@fluentui/react-components'
import { memo, type MouseEvent, useMemo, useRef } from 'react'
import type { Provenance } from '../api/client'
import { useText } from '../text'
import { blocks } from './blocks'
import { marksOf, type Piece, pieces } from './highlight'
import { clicked, Mark, useMarksInView } from './Mark'
import type { Side, Spot } from './spots'

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
})

export interface TextShown {
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
}: TextShown) {
  const t = useText()
  const styles = useStyles()
  const shown = useRef<HTMLPreElement>(null)
  useMarksInView(shown, chosen, from)
  // No other text is cut by these lines: on its page they would be words like any other.
  const cut = useMemo(() => {
    const marks = marksOf(text, hits, spots, chosen)
    return provenance === 'mixed'
      ? blocks(text, marks)
      : [{ picture: false, pieces: pieces(text, marks) }]
  }, [text, provenance, hits, spots, chosen])
  const click = (event: MouseEvent) => {
    if (choose && getSelection()?.isCollapsed !== false) choose(clicked(event, spots), 'text')
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
            <Marked pieces={pieces} chosen={chosen} />
          </span>
        ) : (
          <Marked key={index} pieces={pieces} chosen={chosen} />
        ),
      )}
    </pre>
  )
})

interface MarkedShown {
  pieces: Piece[]
  chosen: Spot | null
}

const Marked = ({ pieces, chosen }: MarkedShown) =>
  pieces.map(({ text, ...piece }, index) => (
    <Mark key={index} {...piece} isChosen={piece.spot !== null && piece.spot === chosen}>
      {text}
    </Mark>
  ))
