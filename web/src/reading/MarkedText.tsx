import { makeStyles, tokens } from '@fluentui/react-components'
import { useEffect, useRef } from 'react'
import type { Provenance } from '../api/client'
import { useText } from '../text'
import { blocks } from './blocks'
import { pieces, type Piece } from './highlight'

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
})

interface Shown {
  text: string
  provenance: Provenance | null
  hits?: number[][]
}

/** A page's text: its hits, and what was read in its pictures, stand out; the first hit is shown. */
export function MarkedText({ text, provenance, hits = [] }: Shown) {
  const t = useText()
  const styles = useStyles()
  const shown = useRef<HTMLPreElement>(null)
  useEffect(() => {
    shown.current?.querySelector('mark')?.scrollIntoView({ block: 'center' })
  }, [])
  // No other text is cut by these lines: on its page they would be words like any other.
  const cut = provenance === 'mixed' ? blocks(text, hits) : [whole(text, hits)]
  return (
    <pre ref={shown} className={styles.text} data-testid="text">
      {cut.map(({ picture, pieces }, index) =>
        picture ? (
          <span
            key={index}
            role="group"
            aria-label={t.reading.inPicture}
            className={styles.picture}
          >
            <Marked pieces={pieces} />
          </span>
        ) : (
          <Marked key={index} pieces={pieces} />
        ),
      )}
    </pre>
  )
}

const whole = (text: string, hits: number[][]) => ({ picture: false, pieces: pieces(text, hits) })

function Marked({ pieces }: { pieces: Piece[] }) {
  const styles = useStyles()
  return pieces.map((piece, index) =>
    piece.hit ? (
      <mark key={index} className={styles.hit}>
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  )
}
