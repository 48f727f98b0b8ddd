import { makeStyles, tokens } from '@fluentui/react-components'
import { useCostOf } from '../api/queries'
import { cost, roughly } from '../shared/format'
import { useSettled } from '../shared/hooks'
import { problemWords } from '../shared/problems'
import { useSpoken } from '../text'
import { costQuestion, type Before, type Wishes } from './wishes'

const useStyles = makeStyles({
  takes: { margin: 0, minHeight: '1.4em', fontVariantNumeric: 'tabular-nums' },
  error: { color: tokens.colorPaletteRedForeground1 },
})

interface Asked {
  pages: number
  /** What these pages are called, such as "57 pages". */
  what: string
  wishes: Wishes
  /** How many of them carry their text; left out where nobody has looked. */
  free?: number
  /** Who reads, where nobody is chosen; left out: whoever this Lector is set to. */
  before?: Before | undefined
}

/** What reading pages costs, and how long it takes, as far as anybody can tell before. */
export function Takes({ pages, what, wishes, free, before }: Asked) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const settled = useSettled(wishes, 400)
  const { data, error } = useCostOf(costQuestion(pages, settled, free, before))
  if (error)
    return <p className={`${styles.takes} ${styles.error}`}>{problemWords(error, language).what}</p>
  const words = data && [
    data.about_usd === null
      ? t.upload.costUnknown
      : data.about_usd === 0
        ? t.upload.free
        : t.upload.about(cost(data.about_usd, language)),
    data.about_s ? t.upload.about(roughly(data.about_s, language)) : '',
    !data.layers_known && (data.about_usd || data.about_s) ? t.upload.orLess : '',
  ]
  return (
    <p className={styles.takes} role="status">
      {words && `${what}: ${words.filter(Boolean).join(', ')}`}
    </p>
  )
}
