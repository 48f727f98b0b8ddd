import { Link, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useMemo } from 'react'
import type { LectorFile } from '../api/client'
import { useFiles, useMe, useSpentToday } from '../api/queries'
import { cost } from '../shared/format'
import { useHeading } from '../shared/hooks'
import { Loading, More, Problem } from '../shared/States'
import { useSpoken } from '../text'
import { DropArea } from '../upload/DropArea'
import { UploadPanel } from '../upload/UploadPanel'
import { useQueue } from '../upload/Uploads'
import { FileTable } from './FileTable'
import { EVERYTHING, useFilter } from './filter'
import { FilterBar } from './FilterBar'
import { Elsewhere, NothingFits } from './Nothing'
import { useSelection } from './selection'
import { SelectionBar } from './SelectionBar'

const useStyles = makeStyles({
  title: {
    margin: '0 0 12px',
    fontSize: tokens.fontSizeHero700,
    lineHeight: tokens.lineHeightHero700,
  },
  totals: { color: tokens.colorNeutralForeground2, display: 'block', margin: '0 0 8px' },
})

export function FilesPage() {
  const { t } = useSpoken()
  const styles = useStyles()
  const heading = useHeading<HTMLHeadingElement>(t.files.title)
  const [filter, setFilter] = useFilter()
  const list = useFiles(filter)
  const files = useMemo(() => list.data?.pages.flatMap((page) => page.files) ?? [], [list.data])
  const selection = useSelection(useMemo(() => files.map((file) => file.id), [files]))
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const uploads = useQueue()
  const isFiltered = filter.status.length > 0 || filter.doubted || filter.name !== ''
  const isNew = list.isSuccess && !files.length && !isFiltered && !uploads.length
  return (
    <>
      <h1 {...heading} className={styles.title}>
        {t.files.title}
      </h1>
      {mayWrite && <DropArea large={isNew} />}
      <UploadPanel />
      {isNew ? <Elsewhere /> : <FilterBar filter={filter} change={setFilter} />}
      <Totals
        files={files}
        whole={!list.hasNextPage}
        look={() => setFilter({ ...filter, status: TROUBLED })}
      />
      {mayWrite && <SelectionBar files={files} selection={selection} />}
      {list.error && <Problem error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {files.length > 0 && <FileTable files={files} selection={mayWrite ? selection : null} />}
      {list.isSuccess && !files.length && isFiltered && (
        <NothingFits clear={() => setFilter(EVERYTHING)} />
      )}
      <More list={list} />
    </>
  )
}

const TROUBLED: LectorFile['status'][] = ['incomplete', 'failed']

interface Shown {
  files: LectorFile[]
  whole: boolean
  look: () => void
}

/** What the files that are shown come to. */
function Totals({ files, whole, look }: Shown) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const today = useSpentToday().data
  if (!files.length) return null
  const sum = (of: (file: LectorFile) => number) => files.reduce((all, file) => all + of(file), 0)
  const failed = sum((file) => file.progress.failed)
  const doubted = sum((file) => file.progress.doubted)
  const troubled = files.filter((file) => TROUBLED.includes(file.status)).length
  const isKnown = files.every((file) => !file.progress.read || file.usage.cost_usd !== null)
  const spentToday = today ? [t.files.today(cost(today, language))] : []
  const words = [
    t.files.totals(
      files.length,
      sum((file) => file.progress.read),
    ) + (whole ? '' : ' …'),
    ...(failed ? [t.files.failedPages(failed)] : []),
    ...(doubted ? [t.doubts.pages(doubted)] : []),
    ...(isKnown
      ? [
          cost(
            sum((file) => file.usage.cost_usd ?? 0),
            language,
          ),
        ]
      : []),
    ...spentToday,
  ]
  return (
    <Text className={styles.totals}>
      {words.join(' · ')}
      {troubled > 0 && (
        <>
          {' · '}
          <Link inline onClick={look}>
            {t.files.problems(troubled)}
          </Link>
        </>
      )}
    </Text>
  )
}
