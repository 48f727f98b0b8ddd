import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useMemo, useState } from 'react'
import type { LectorFile } from '../api/client'
import type { Filter } from '../api/lists'
import { useFiles, useMe } from '../api/queries'
import { cost } from '../shared/format'
import { useHeading, useSettled } from '../shared/hooks'
import { Loading, More, Problem } from '../shared/States'
import { useSpoken } from '../text'
import { DropArea } from '../upload/DropArea'
import { UploadPanel } from '../upload/UploadPanel'
import { useQueue } from '../upload/Uploads'
import { FileTable } from './FileTable'
import { NothingFits, Welcome } from './Nothing'
import { SelectionBar } from './SelectionBar'
import { FilterBar } from './FilterBar'
import { useSelection } from './selection'

const EVERYTHING: Filter = { status: [], name: '', sort: 'newest' }

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
  const [filter, setFilter] = useState(EVERYTHING)
  const name = useSettled(filter.name, 250)
  const list = useFiles(useMemo(() => ({ ...filter, name }), [filter, name]))
  const files = useMemo(() => list.data?.pages.flatMap((page) => page.files) ?? [], [list.data])
  const selection = useSelection(files.map((file) => file.id))
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const uploads = useQueue()
  const isFiltered = filter.status.length > 0 || filter.name !== ''
  const isNew = list.isSuccess && !files.length && !isFiltered && !uploads.length
  return (
    <>
      <h1 {...heading} className={styles.title}>
        {t.files.title}
      </h1>
      {isNew && <Welcome />}
      {mayWrite && <DropArea large={isNew} />}
      <UploadPanel />
      {!isNew && <FilterBar filter={filter} change={setFilter} />}
      <Totals files={files} whole={!list.hasNextPage} />
      {mayWrite && <SelectionBar files={files} selection={selection} />}
      {list.error && <Problem error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {files.length > 0 && <FileTable files={files} selection={selection} />}
      {list.isSuccess && !files.length && isFiltered && (
        <NothingFits clear={() => setFilter(EVERYTHING)} />
      )}
      <More list={list} />
    </>
  )
}

function Totals({ files, whole }: { files: LectorFile[]; whole: boolean }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  if (!files.length) return null
  const read = files.reduce((sum, file) => sum + file.progress.read, 0)
  const bad = files.filter((file) => ['failed', 'incomplete'].includes(file.status)).length
  const known = files.every((file) => !file.progress.read || file.usage.cost_usd !== null)
  const spent = known ? files.reduce((sum, file) => sum + (file.usage.cost_usd ?? 0), 0) : null
  return (
    <Text className={styles.totals}>
      {t.files.totals(files.length, read)}
      {!whole && ' …'}
      {spent !== null && ` · ${cost(spent, language)}`}
      {bad > 0 && ` · ${t.files.problems(bad)}`}
    </Text>
  )
}
