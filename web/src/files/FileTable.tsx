import {
  Checkbox,
  makeStyles,
  mergeClasses,
  ProgressBar,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
  Tooltip,
} from '@fluentui/react-components'
import { memo } from 'react'
import { Link } from 'react-router'
import type { LectorFile } from '../api/client'
import { ago, between, cost, duration, moment } from '../shared/format'
import { useNow } from '../shared/hooks'
import { FileState } from '../shared/Status'
import { useSpoken } from '../text'
import type { Selection } from './selection'

const PHONE = '@media (max-width: 600px)'
const TABLET = '@media (max-width: 960px)'

const useStyles = makeStyles({
  table: {
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusLarge,
    tableLayout: 'auto',
    [PHONE]: { display: 'block', backgroundColor: 'transparent' },
  },
  header: { [PHONE]: { display: 'none' } },
  body: { [PHONE]: { display: 'flex', flexDirection: 'column', gap: '10px' } },
  row: {
    [PHONE]: {
      display: 'grid',
      gridTemplateColumns: 'auto minmax(0, 1fr) auto',
      padding: '6px',
      borderRadius: tokens.borderRadiusLarge,
      backgroundColor: tokens.colorNeutralBackground1,
      border: `1px solid ${tokens.colorNeutralStroke2}`,
    },
  },
  check: { width: '40px' },
  name: { padding: '8px', minWidth: 0, overflowWrap: 'anywhere', [PHONE]: { gridColumn: '2 / 4' } },
  link: {
    color: tokens.colorBrandForegroundLink,
    fontWeight: tokens.fontWeightSemibold,
    textDecorationLine: 'none',
    ':hover': { textDecorationLine: 'underline' },
  },
  reason: {
    display: 'block',
    color: tokens.colorPaletteRedForeground1,
    fontSize: tokens.fontSizeBase200,
  },
  waiting: {
    display: 'block',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
  status: { [PHONE]: { gridColumn: '2' } },
  progress: { minWidth: '150px', [PHONE]: { gridColumn: '2 / 4', minWidth: 0 } },
  bar: {
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
    padding: '6px 0',
    minWidth: '130px',
    fontVariantNumeric: 'tabular-nums',
  },
  figure: {
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
    [PHONE]: { gridColumn: '2' },
  },
  last: { [PHONE]: { gridColumn: '3' } },
  wide: { [TABLET]: { display: 'none' }, [PHONE]: { display: 'none' } },
})

/** Files with what became of them; on a narrow screen each is a card. */
export function FileTable({ files, selection }: { files: LectorFile[]; selection: Selection }) {
  const { t } = useSpoken()
  const styles = useStyles()
  const now = useNow(files.some((file) => file.finished_at === null))
  return (
    <Table className={styles.table} aria-label={t.files.title}>
      <TableHeader className={styles.header}>
        <TableRow>
          <TableHeaderCell className={styles.check}>
            <Checkbox
              checked={selection.all}
              onChange={selection.toggleAll}
              aria-label={t.files.selectAll}
            />
          </TableHeaderCell>
          <TableHeaderCell>{t.files.name}</TableHeaderCell>
          <TableHeaderCell>{t.files.state}</TableHeaderCell>
          <TableHeaderCell>{t.files.progress}</TableHeaderCell>
          <TableHeaderCell>{t.files.cost}</TableHeaderCell>
          <TableHeaderCell>{t.files.time}</TableHeaderCell>
          <TableHeaderCell className={styles.wide}>{t.files.added}</TableHeaderCell>
        </TableRow>
      </TableHeader>
      <TableBody className={styles.body}>
        {files.map((file) => (
          <FileRow
            key={file.id}
            file={file}
            now={file.finished_at ? 0 : now}
            today={Math.floor(now / 60_000) * 60_000}
            selected={selection.has(file.id)}
            toggle={selection.toggle}
          />
        ))}
      </TableBody>
    </Table>
  )
}

interface Row {
  file: LectorFile
  now: number
  today: number
  selected: boolean
  toggle: Selection['toggle']
}

const FileRow = memo(function FileRow({ file, now, today, selected, toggle }: Row) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const took = between(file.begun_at, file.finished_at, now)
  return (
    <TableRow className={styles.row} aria-selected={selected}>
      <TableCell className={styles.check}>
        <Checkbox
          checked={selected}
          aria-label={t.files.select(file.name)}
          onChange={(event) =>
            toggle(file.id, (event.nativeEvent as unknown as MouseEvent).shiftKey)
          }
        />
      </TableCell>
      <TableCell className={styles.name}>
        <Link to={`/files/${file.id}`} className={styles.link}>
          {file.name}
        </Link>
        {file.error && <span className={styles.reason}>{file.error}</span>}
        {file.waiting_for && (
          <span className={styles.waiting}>
            {t.file.waiting} {file.waiting_for}
          </span>
        )}
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
      <TableCell className={styles.wide}>
        <time dateTime={file.created_at} title={moment(file.created_at, language)}>
          {ago(file.created_at, Math.max(today, Date.parse(file.created_at)), language)}
        </time>
      </TableCell>
    </TableRow>
  )
})

/** How many pages are read, as a bar and in words. */
export function Progress({ file }: { file: LectorFile }) {
  const { t } = useSpoken()
  const styles = useStyles()
  const { total, read, failed } = file.progress
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
    </div>
  )
}

function Cost({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const { prompt_tokens, completion_tokens, cost_usd } = file.usage
  const words = <span>{cost(cost_usd, language)}</span>
  if (prompt_tokens === null) return words
  const count = (tokens: number | null) => (tokens ?? 0).toLocaleString(language)
  return (
    <Tooltip
      content={t.files.tokens(count(prompt_tokens), count(completion_tokens))}
      relationship="description"
    >
      {words}
    </Tooltip>
  )
}
