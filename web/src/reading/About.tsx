import { makeStyles, tokens } from '@fluentui/react-components'
import type { WholePage } from '../api/client'
import { cost, duration, moment } from '../shared/format'
import { useSpoken } from '../text'

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

/** Where a page's text is from, and what it took. */
export function About({ page }: { page: WholePage }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  if (page.provenance === null) return null
  const { prompt_tokens, completion_tokens, cost_usd } = page.usage
  const count = (tokens: number | null) => (tokens ?? 0).toLocaleString(language)
  const facts: [string, string | null][] = [
    ['', t.provenance[page.provenance]],
    [t.reading.model, page.model],
    [t.reading.prompt, page.provenance === 'blank' ? null : (page.prompt ?? t.reading.ownPrompt)],
    [
      t.file.tokens,
      prompt_tokens === null
        ? null
        : t.files.tokens(count(prompt_tokens), count(completion_tokens)),
    ],
    [t.file.cost, cost_usd === null ? null : cost(cost_usd, language)],
    [t.reading.drawn, page.render_s === null ? null : duration(page.render_s, language)],
    [t.reading.readIn, page.read_s === null ? null : duration(page.read_s, language)],
    [t.reading.attempts, page.attempts === null ? null : String(page.attempts)],
    [t.reading.version, page.versions > 1 ? t.reading.of(page.version, page.versions) : null],
    [t.files.time, page.finished_at && moment(page.finished_at, language)],
  ]
  return (
    <dl className={styles.list}>
      {facts.map(
        ([term, value]) =>
          value !== null && (
            <div key={term} style={{ display: 'contents' }}>
              <dt className={styles.term}>{term}</dt>
              <dd className={styles.value}>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
