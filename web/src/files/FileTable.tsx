import { Checkbox, Table, TableHeader, TableHeaderCell, TableRow } from '@fluentui/react-components'
import { lazy, Suspense, useRef, useState } from 'react'
import type { LectorFile } from '../api/client'
import { ago } from '../shared/format'
import { useNow } from '../shared/hooks'
import { useRowsInSight } from '../shared/rows'
import { useSpoken } from '../text'
import { FileRow } from './FileRow'
import type { Asked } from './RowMenu'
import type { Selection } from './selection'
import { ROW_PX, useTableStyles } from './tableStyles'

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
  const { rows, above, below, measure } = useRowsInSight(body, files, ROW_PX)
  return (
    <Table
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
    </Table>
  )
}

function Head({ selection }: { selection: Selection | null }) {
  const { t } = useSpoken()
  const styles = useTableStyles()
  return (
    <TableHeader className={styles.header}>
      <TableRow aria-rowindex={1}>
        {selection && (
          <TableHeaderCell className={styles.check}>
            <Checkbox
              checked={selection.all || (selection.ids.length > 0 && 'mixed')}
              onChange={selection.toggleAll}
              aria-label={t.files.selectAll}
            />
          </TableHeaderCell>
        )}
        <TableHeaderCell>{t.files.name}</TableHeaderCell>
        <TableHeaderCell className={styles.stateWidth}>{t.files.state}</TableHeaderCell>
        <TableHeaderCell className={styles.progressWidth}>{t.files.progress}</TableHeaderCell>
        <TableHeaderCell className={styles.size}>{t.files.size}</TableHeaderCell>
        <TableHeaderCell className={styles.figureWidth}>{t.files.cost}</TableHeaderCell>
        <TableHeaderCell className={styles.timeWidth}>{t.files.time}</TableHeaderCell>
        <TableHeaderCell className={styles.added}>{t.files.added}</TableHeaderCell>
        <TableHeaderCell className={styles.more} />
      </TableRow>
    </TableHeader>
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
