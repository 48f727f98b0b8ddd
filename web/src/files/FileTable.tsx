import {
  Checkbox,
  mergeClasses,
  ProgressBar,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
} from '@fluentui/react-components'
import { QuestionCircleRegular } from '@fluentui/react-icons'
import { memo } from 'react'
import { Link } from 'react-router'
import type { LectorFile } from '../api/client'
import { explained } from '../reading/reasons'
import { waitWords } from '../reading/waiting'
import { ago, between, cost, duration, moment } from '../shared/format'
import { useNow } from '../shared/hooks'
import { FileState } from '../shared/Status'
import { useSpoken } from '../text'
import type { Selection } from './selection'
import { useTableStyles } from './tableStyles'

/** How often the time is looked at while nothing goes on. */
const REST_MS = 10_000

/** Files with what became of them; on a narrow screen each is a card. */
export function FileTable({
  files,
  selection,
}: {
  files: LectorFile[]
  /** Null where nothing may be done with a selection. */
  selection: Selection | null
}) {
  const { t, language } = useSpoken()
  const styles = useTableStyles()
  const now = useNow(
    files.some((file) => file.finished_at === null),
    REST_MS,
  )
  return (
    <Table className={styles.table} aria-label={t.files.title}>
      <TableHeader className={styles.header}>
        <TableRow>
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
          <TableHeaderCell>{t.files.state}</TableHeaderCell>
          <TableHeaderCell>{t.files.progress}</TableHeaderCell>
          <TableHeaderCell>{t.files.cost}</TableHeaderCell>
          <TableHeaderCell>{t.files.time}</TableHeaderCell>
          <TableHeaderCell className={styles.added}>{t.files.added}</TableHeaderCell>
        </TableRow>
      </TableHeader>
      <TableBody className={styles.body}>
        {files.map((file) => (
          <FileRow
            key={file.id}
            file={file}
            now={file.finished_at ? 0 : now}
            added={ago(file.created_at, now, language)}
            selected={selection?.has(file.id) ?? false}
            toggle={selection?.toggle}
          />
        ))}
      </TableBody>
    </Table>
  )
}

interface Row {
  file: LectorFile
  now: number
  /** How long ago it was added, in words, so that a row is drawn anew when these change. */
  added: string
  selected: boolean
  toggle: Selection['toggle'] | undefined
}

const FileRow = memo(function FileRow({ file, now, added, selected, toggle }: Row) {
  const { t, language } = useSpoken()
  const styles = useTableStyles()
  const took = between(file.begun_at, file.finished_at, now)
  const waits = waitWords(file, language)
  return (
    <TableRow className={mergeClasses(styles.row, selected && styles.selected)}>
      {toggle && (
        <TableCell className={styles.check}>
          <Checkbox
            checked={selected}
            aria-label={t.files.select(file.name)}
            onChange={(event) =>
              toggle(file.id, (event.nativeEvent as unknown as MouseEvent).shiftKey)
            }
          />
        </TableCell>
      )}
      <TableCell className={styles.name}>
        <Link to={`/files/${file.id}`} className={styles.link}>
          {file.name}
        </Link>
        {file.error && <span className={styles.reason}>{explained(file, language).what}</span>}
        {waits && <span className={styles.quiet}>{waits}</span>}
      </TableCell>
      <TableCell className={styles.status}>
        <FileState status={file.status} />
      </TableCell>
      <TableCell className={styles.progress}>
        <Progress file={file} />
      </TableCell>
      <TableCell className={styles.figure}>
        <Cost file={file} />
      </TableCell>
      <TableCell className={mergeClasses(styles.figure, styles.last)}>
        {took === null ? '–' : duration(took, language)}
      </TableCell>
      <TableCell className={styles.added}>
        <time dateTime={file.created_at} title={moment(file.created_at, language)}>
          {added}
        </time>
      </TableCell>
    </TableRow>
  )
})

/** How many pages are read, as a bar and in words; and where to look at those in doubt. */
export function Progress({ file }: { file: LectorFile }) {
  const { t } = useSpoken()
  const styles = useTableStyles()
  const { total, read, failed, doubted } = file.progress
  if (!total) return <>–</>
  const words = t.files.read(read, total) + (failed ? `, ${t.files.failedPages(failed)}` : '')
  return (
    <div className={styles.bar}>
      <ProgressBar
        value={(read + failed) / total}
        color={failed ? 'warning' : file.status === 'completed' ? 'success' : 'brand'}
        aria-label={words}
      />
      <span>{words}</span>
      {doubted > 0 && (
        <Link to={`/files/${file.id}?show=doubted`} className={styles.look}>
          <QuestionCircleRegular aria-hidden /> {t.doubts.pages(doubted)}
        </Link>
      )}
    </div>
  )
}

function Cost({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const styles = useTableStyles()
  const { prompt_tokens, completion_tokens, cost_usd } = file.usage
  const short = (tokens: number | null) =>
    (tokens ?? 0).toLocaleString(language, { notation: 'compact' })
  return (
    <>
      {cost(file.spent_usd ?? cost_usd, language)}
      {prompt_tokens !== null && (
        <span className={styles.quiet}>
          {t.files.inAndOut(short(prompt_tokens), short(completion_tokens))}
        </span>
      )}
    </>
  )
}
