import { makeStyles, tokens } from '@fluentui/react-components'
import { lazy, Suspense, useDeferredValue, useMemo, useState } from 'react'
import { useFiles, useMe, useTotals } from '../api/queries'
import { useHeading } from '../shared/hooks'
import { Asking, Loading, More } from '../shared/States'
import { useSpoken } from '../text'
import { DropArea } from '../upload/DropArea'
import { UploadPanel } from '../upload/UploadPanel'
import { useQueue } from '../upload/Uploads'
import { FileTable } from './FileTable'
import { EVERYTHING, useFilter } from './filter'
import { FilterBar } from './FilterBar'
import { FolderPath } from './FolderPath'
import { Elsewhere, NothingFits } from './Nothing'
import { useSelection } from './selection'
import { Totals } from './Totals'

const SelectionBar = lazy(async () => ({
  default: (await import('./SelectionBar')).SelectionBar,
}))

const useStyles = makeStyles({
  title: {
    margin: '0 0 12px',
    fontSize: tokens.fontSizeHero700,
    lineHeight: tokens.lineHeightHero700,
  },
})

export function FilesPage() {
  const { t } = useSpoken()
  const styles = useStyles()
  const heading = useHeading<HTMLHeadingElement>(t.files.title)
  const [filter, setFilter] = useFilter()
  const list = useFiles(filter)
  const files = useMemo(() => list.data?.pages.flatMap((page) => page.files) ?? [], [list.data])
  // Many rows are drawn bit by bit at first, between what somebody types or clicks.
  const isDrawn = useDeferredValue(files.length > 0, false)
  const selection = useSelection(useMemo(() => files.map((file) => file.id), [files]))
  const [hasSelected, setHasSelected] = useState(false)
  if (selection.ids.length && !hasSelected) setHasSelected(true)
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const uploads = useQueue()
  const { status, doubted, look, name, folder } = filter
  const isFiltered = status.length > 0 || doubted || look || name !== '' || folder !== ''
  const isNew = list.isSuccess && !files.length && !isFiltered && !uploads.length
  const count = useTotals(filter).data?.files
  const selectEvery = async () => {
    let all = list
    while (all.hasNextPage) {
      const more = await all.fetchNextPage()
      if (more.error) return
      all = more
    }
    selection.select(all.data?.pages.flatMap((page) => page.files.map(({ id }) => id)) ?? [])
  }
  return (
    <>
      <h1 {...heading} className={styles.title}>
        {t.files.title}
      </h1>
      {mayWrite && <DropArea large={isNew} />}
      <UploadPanel />
      {isNew ? <Elsewhere /> : <FilterBar filter={filter} change={setFilter} />}
      {folder && <FolderPath folder={folder} go={(to) => setFilter({ ...filter, folder: to })} />}
      <Totals filter={filter} change={setFilter} />
      {mayWrite && hasSelected && (
        <Suspense>
          <SelectionBar
            files={files}
            selection={selection}
            count={count}
            selectEvery={selectEvery}
          />
        </Suspense>
      )}
      <Asking query={list} />
      {files.length > 0 && !isDrawn && <Loading />}
      {files.length > 0 && isDrawn && (
        <FileTable files={files} count={count} selection={mayWrite ? selection : null} />
      )}
      {list.isSuccess && !files.length && isFiltered && (
        <NothingFits clear={() => setFilter(EVERYTHING)} />
      )}
      {isDrawn && <More list={list} />}
    </>
  )
}
