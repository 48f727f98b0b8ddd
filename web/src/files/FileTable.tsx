import { mergeClasses } from '@fluentui/react-components'
import { lazy, Suspense, useRef, useState } from 'react'
import type { LectorFile } from '../api/client'
import { ago } from '../shared/format'
import { useNow } from '../shared/hooks'
import { useRowsInSight } from '../shared/rows'
import { useSpoken } from '../text'
import { FileRow } from './FileRow'
import type { Asked } from './RowMenu'
import type { Selection } from './selection'
import { rowPx, useTableStyles } from './tableStyles'
import { Tick } from './Tick'

const RowMenu = lazy(async () => ({ default: (await import('./RowMenu')).RowMenu }))

/** How often the time is looked at while nothing goes on. */
const REST_MS = 10_000

interface Listed {
  files: LectorFile[]
  /** How many there are, of which the first are shown; the rest is loaded when it is come to. */
  count?: number | undefined
  /** Null where nothing may be done with a selection. */
  selection: Selection | null
}

/** Files with what became of them; on a narrow screen each is a card. */
export function FileTable({ files, count = files.length, selection }: Listed) {
  const { t, language } = useSpoken()
  const styles = useTableStyles()
  const [menu, setMenu] = useState<Asked | null>(null)
  const now = useNow(
    files.some((file) => file.finished_at === null),
    REST_MS,
  )
  const body = useRef<HTMLTableSectionElement>(null)
  const { rows, above, below, measure } = useRowsInSight(body, files, rowPx())
  return (
    <table
      className={styles.table}
      aria-label={t.files.title}
      aria-rowcount={Math.max(count, files.length) + 1}
    >
      <Head selection={selection} />
      <tbody className={styles.body} ref={body}>
        <Gap height={above} />
        {rows.map(({ index }) => {
          const file = files[index]!
          return (
            <FileRow
              key={file.id}
              file={file}
              place={index}
              measure={measure}
              now={file.finished_at ? 0 : now}
              added={ago(file.created_at, now, language)}
              selected={selection?.has(file.id) ?? false}
              toggle={selection?.toggle}
              more={setMenu}
            />
          )
        })}
        <Gap height={below} />
      </tbody>
      {menu && (
        <Suspense>
          <RowMenu asked={menu} mayWrite={selection !== null} close={() => setMenu(null)} />
        </Suspense>
      )}
    </table>
  )
}

function Head({ selection }: { selection: Selection | null }) {
  const { t } = useSpoken()
  const styles = useTableStyles()
  const title = (words: string, width?: string) => (
    <th scope="col" className={mergeClasses(styles.title, width)}>
      {words}
    </th>
  )
  return (
    <thead className={styles.header}>
      <tr aria-rowindex={1}>
        {selection && (
          <th scope="col" className={styles.check}>
            <Tick
              label={t.files.selectAll}
              checked={selection.all}
              some={selection.ids.length > 0 && !selection.all}
              turn={selection.toggleAll}
            />
          </th>
        )}
        {title(t.files.name)}
        {title(t.files.state, styles.stateWidth)}
        {title(t.files.progress, styles.progressWidth)}
        {title(t.files.size, styles.size)}
        {title(t.files.cost, styles.figureWidth)}
        {title(t.files.time, styles.timeWidth)}
        {title(t.files.added, styles.added)}
        <th scope="col" className={styles.more}>
          <span className={styles.unseen}>{t.files.actions}</span>
        </th>
      </tr>
    </thead>
  )
}

function Gap({ height }: { height: number }) {
  if (height <= 0) return null
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0 }} />
    </tr>
  )
}
