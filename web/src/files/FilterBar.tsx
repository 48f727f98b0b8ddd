import { Button, makeStyles, SearchBox, Select, ToggleButton } from '@fluentui/react-components'
import { FolderRegular } from '@fluentui/react-icons'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import type { FileStatus } from '../api/client'
import type { Filter, Sort } from '../api/lists'
import { useSettled } from '../shared/hooks'
import { useText } from '../text'

const FolderMenu = lazy(() => import('./FolderMenu'))

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px 16px',
    margin: '0 0 12px',
  },
  box: {
    flexGrow: 1,
    minWidth: '180px',
    maxWidth: '320px',
    '@media (max-width: 600px)': { maxWidth: 'none' },
  },
  states: { display: 'flex', flexWrap: 'wrap', gap: '6px' },
  end: {
    display: 'flex',
    gap: '8px',
    alignItems: 'center',
    marginLeft: 'auto',
    '@media (max-width: 600px)': { marginLeft: 0 },
  },
})

interface Filtered {
  filter: Filter
  change: (filter: Filter) => void
}

/** Which files are shown, and in which order. */
export function FilterBar({ filter, change }: Filtered) {
  const t = useText()
  const styles = useStyles()
  const sorts = {
    newest: t.files.newest,
    oldest: t.files.oldest,
    name: t.files.byName,
    largest: t.files.largest,
  }
  return (
    <div className={styles.bar}>
      <NameFilter filter={filter} change={change} />
      <States filter={filter} change={change} />
      <div className={styles.end}>
        <Folders filter={filter} change={change} />
        <Select
          aria-label={t.files.sort}
          value={filter.sort}
          onChange={(_, { value }) => change({ ...filter, sort: value as Sort })}
        >
          {Object.entries(sorts).map(([sort, words]) => (
            <option key={sort} value={sort}>
              {words}
            </option>
          ))}
        </Select>
      </div>
    </div>
  )
}

/** What offers the folders below the one whose files are shown. */
function Folders({ filter, change }: Filtered) {
  const t = useText()
  const [target, setTarget] = useState<HTMLElement | null>(null)
  const close = () => {
    setTarget(null)
    target?.focus()
  }
  return (
    <>
      <Button
        appearance="subtle"
        icon={<FolderRegular />}
        title={t.files.folders}
        aria-label={t.files.folders}
        aria-haspopup="menu"
        aria-expanded={target !== null}
        onClick={({ currentTarget }) => (target ? close() : setTarget(currentTarget))}
      />
      {target && (
        <Suspense>
          <FolderMenu
            folder={filter.folder}
            target={target}
            go={(folder) => change({ ...filter, folder })}
            close={close}
          />
        </Suspense>
      )}
    </>
  )
}

function States({ filter, change }: Filtered) {
  const t = useText()
  const styles = useStyles()
  const turn = (status: FileStatus) => {
    const without = filter.status.filter((one) => one !== status)
    const on = without.length === filter.status.length
    change({ ...filter, status: on ? [...without, status] : without })
  }
  return (
    <div className={styles.states} role="group" aria-label={t.files.filter}>
      {(Object.entries(t.status) as [FileStatus, string][]).map(([status, word]) => (
        <ToggleButton
          key={status}
          size="small"
          shape="circular"
          checked={filter.status.includes(status)}
          onClick={() => turn(status)}
        >
          {word}
        </ToggleButton>
      ))}
      <ToggleButton
        size="small"
        shape="circular"
        checked={filter.doubted}
        title={t.files.toCheckHint}
        onClick={() => change({ ...filter, doubted: !filter.doubted })}
      >
        {t.doubts.only}
      </ToggleButton>
      <ToggleButton
        size="small"
        shape="circular"
        checked={filter.look}
        title={t.files.needALookHint}
        onClick={() => change({ ...filter, look: !filter.look })}
      >
        {t.files.needALook}
      </ToggleButton>
    </div>
  )
}

/** What is being typed is the field's own until it stands still; what changes elsewhere comes in. */
function NameFilter({ filter, change }: Filtered) {
  const t = useText()
  const styles = useStyles()
  const [typed, setTyped] = useState(filter.name)
  const settled = useSettled(typed, 250)
  const told = useRef(filter.name)
  useEffect(() => {
    if (filter.name === told.current) return
    told.current = filter.name
    setTyped(filter.name)
  }, [filter.name])
  useEffect(() => {
    if (settled === told.current) return
    told.current = settled
    change({ ...filter, name: settled })
  }, [settled])
  return (
    <SearchBox
      className={styles.box}
      aria-label={t.files.nameFilter}
      placeholder={t.files.nameFilter}
      value={typed}
      onChange={(_, { value }) => setTyped(value)}
    />
  )
}
