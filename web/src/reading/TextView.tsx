import { makeStyles, MessageBar, MessageBarBody, Text, tokens } from '@fluentui/react-components'
import { useEffect, useRef } from 'react'
import type { WholePage } from '../api/client'
import { PageState } from '../shared/Status'
import { useSpoken } from '../text'
import { pieces } from './highlight'
import { explained } from './reasons'
import { waitWords } from './waiting'

const useStyles = makeStyles({
  paper: {
    overflow: 'auto',
    maxHeight: 'calc(100vh - 420px)',
    minHeight: '220px',
    padding: '16px 20px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 900px)': { maxHeight: 'none' },
  },
  text: {
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    margin: 0,
    lineHeight: 1.5,
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase300,
  },
  hit: {
    backgroundColor: tokens.colorPaletteYellowBackground2,
    color: tokens.colorNeutralForeground1,
    borderRadius: '2px',
    outline: `1px solid ${tokens.colorPaletteYellowBorder2}`,
  },
  message: { marginBottom: '8px' },
})

/** A page's text with its hits; or why there is none, and what one can do. */
export function TextView({ page }: { page: WholePage }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const first = useRef<HTMLElement>(null)
  useEffect(() => first.current?.scrollIntoView({ block: 'center' }), [page.number])
  const why = page.status === 'failed' ? explained(page, language) : null
  const cut = pieces(page.text ?? '', page.highlights)
  const firstHit = cut.findIndex((piece) => piece.hit)
  const waits = page.status === 'pending' || page.status === 'rendered'
  return (
    <>
      {why && (
        <MessageBar intent="error" layout="multiline" className={styles.message}>
          <MessageBarBody>
            {why.what} {why.advice && <Text italic>{why.advice}</Text>}
          </MessageBarBody>
        </MessageBar>
      )}
      {waits && (
        <MessageBar layout="multiline" className={styles.message}>
          <MessageBarBody>
            <PageState status={page.status} /> {page.text !== null && t.reading.waitsFor}{' '}
            {waitWords(page, language)}
          </MessageBarBody>
        </MessageBar>
      )}
      <div className={styles.paper} tabIndex={0} role="region" aria-label={t.file.text}>
        {page.text === '' && <Text italic>{t.reading.noText}</Text>}
        {page.text === null && <Text italic>{t.reading.notYet}</Text>}
        <pre className={styles.text} data-testid="text">
          {cut.map((piece, index) =>
            piece.hit ? (
              <mark key={index} ref={index === firstHit ? first : null} className={styles.hit}>
                {piece.text}
              </mark>
            ) : (
              piece.text
            ),
          )}
        </pre>
      </div>
    </>
  )
}
