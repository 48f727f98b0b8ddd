import { Link, makeStyles, Text, tokens } from '@fluentui/react-components'
import type { FileStatus } from '../api/client'
import { TROUBLED, type Filter } from '../api/lists'
import { useSpentToday, useTotals } from '../api/queries'
import { cost } from '../shared/format'
import { useSpoken } from '../text'

const useStyles = makeStyles({
  totals: {
    display: 'block',
    margin: '0 0 8px',
    minHeight: tokens.lineHeightBase300,
    color: tokens.colorNeutralForeground2,
    fontVariantNumeric: 'tabular-nums',
  },
})

const OPEN: FileStatus[] = ['announced', 'uploaded', 'reading']

/** What all files come to that a filter means, also those that are not loaded yet. */
export function Totals({ filter, change }: { filter: Filter; change: (filter: Filter) => void }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const totals = useTotals(filter).data
  const today = useSpentToday().data
  if (!totals) return <Text className={styles.totals} /> // the place where they will stand
  if (!totals.files) return null
  const count = (states: readonly FileStatus[]) =>
    states.reduce((sum, one) => sum + totals.statuses[one], 0)
  const [open, troubled] = [count(OPEN), count(TROUBLED)]
  const narrows = (some: number) => some > 0 && some < totals.files
  const parts = [
    t.files.totals(totals.files, totals.pages, totals.is_whole),
    narrows(open) && (
      <Link inline onClick={() => change({ ...filter, status: OPEN })}>
        {t.files.open(open)}
      </Link>
    ),
    narrows(totals.need_a_look) && troubled > 0 && totals.doubted > 0 && (
      <Link inline onClick={() => change({ ...filter, look: true })}>
        {t.files.lookFiles(totals.need_a_look)}
      </Link>
    ),
    narrows(troubled) && (
      <Link inline onClick={() => change({ ...filter, status: [...TROUBLED] })}>
        {t.files.failedFiles(troubled)}
      </Link>
    ),
    narrows(totals.doubted) && (
      <Link inline onClick={() => change({ ...filter, doubted: true })}>
        {t.files.doubtedFiles(totals.doubted)}
      </Link>
    ),
    today ? t.files.today(cost(today, language)) : false,
  ].filter((part) => part !== false)
  return (
    <Text className={styles.totals}>
      {parts.map((part, place) => (
        <span key={place}>
          {place > 0 && ' · '}
          {part}
        </span>
      ))}
    </Text>
  )
}
