import { makeStyles, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import type { WholePage } from '../api/client'
import { cost, duration, moment } from '../shared/format'
import { useSpoken } from '../text'
import { verificationWords } from './verification'

const useStyles = makeStyles({
  list: {
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    gap: '4px 16px',
    margin: '8px 0',
    fontVariantNumeric: 'tabular-nums',
  },
  term: { color: tokens.colorNeutralForeground2 },
  value: { margin: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' },
})

/** What became of the text that the page carries, and what it took. */
export function About({ page }: { page: WholePage }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const { prompt_tokens, completion_tokens, cost_usd } = page.usage
  const time = page.provenance === 'person' ? page.reading_at : page.finished_at
  const count = (tokens: number | null) => (tokens ?? 0).toLocaleString(language)
  const facts: [string, ReactNode][] = [
    [t.reading.layer, page.text_layer && <Layer layer={page.text_layer} />],
    [t.reading.model, page.model],
    [t.reading.prompt, byModel(page) ? (page.prompt ?? t.reading.ownPrompt) : null],
    [
      t.file.tokens,
      prompt_tokens === null
        ? null
        : t.files.tokens(count(prompt_tokens), count(completion_tokens)),
    ],
    [t.file.cost, cost_usd === null ? null : cost(cost_usd, language)],
    [t.reading.drawn, page.render_s === null ? null : duration(page.render_s, language)],
    [
      t.reading.readIn,
      page.read_s !== null && byModel(page) ? duration(page.read_s, language) : null,
    ],
    [
      t.reading.confidence,
      page.confidence === null ? null : t.reading.ofHundred(Math.round(page.confidence)),
    ],
    [
      t.reading.spots.title,
      // What came of it stands above the text.
      page.verification?.status === 'not_verified'
        ? verificationWords(page.verification, language)
        : null,
    ],
    [t.reading.turned, page.turned_degrees ? `${page.turned_degrees}°` : null],
    [t.reading.attempts, page.attempts ? String(page.attempts) : null],
    [t.reading.version, page.versions > 1 ? t.reading.of(page.version, page.versions) : null],
    [t.files.time, time && moment(time, language)],
  ]
  const known = facts.filter(([, value]) => value !== null)
  if (!known.length) return null
  return (
    <dl className={styles.list}>
      {known.map(([term, value]) => (
        <div key={term} style={{ display: 'contents' }}>
          <dt className={styles.term}>{term}</dt>
          <dd className={styles.value}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const byModel = ({ provenance }: WholePage) =>
  provenance === 'model' || provenance === 'cache' || provenance === 'mixed'

/** What became of the text that a page carries, and the server's reason. */
function Layer({ layer }: { layer: NonNullable<WholePage['text_layer']> }) {
  const { t } = useSpoken()
  const words = t.reading.layers[layer.verdict]
  if (!layer.reason) return words
  return (
    <>
      {words}: <span lang="en">{layer.reason}</span>
    </>
  )
}
