import { Button, mergeClasses, ProgressBar } from '@fluentui/react-components'
import {
  DocumentPdfRegular,
  ImageRegular,
  MoreHorizontalRegular,
  QuestionCircleRegular,
} from '@fluentui/react-icons'
import { memo } from 'react'
import { Link } from 'react-router'
import type { LectorFile } from '../api/client'
import { firstOf } from '../file/pageNumbers'
import { explained } from '../reading/reasons'
import { waitWords } from '../reading/waiting'
import { between, bytes, cost, duration, moment, roughly } from '../shared/format'
import { SmallImage } from '../shared/SmallImage'
import { FileState, stateOf } from '../shared/Status'
import { useSpoken } from '../text'
import { addressOfFolder } from './filter'
import { secondsLeft } from './left'
import type { Asked } from './RowMenu'
import type { Selection } from './selection'
import { useTableStyles } from './tableStyles'
import { Tick } from './Tick'

interface Row {
  file: LectorFile
  /** Where in the list it stands, from 0. */
  place: number
  measure: (row: HTMLElement | null) => void
  now: number
  /** How long ago it was added, in words, so that a row is drawn anew when these change. */
  added: string
  selected: boolean
  toggle: Selection['toggle'] | undefined
  more: (asked: Asked) => void
}

/** A file in one line. */
export const FileRow = memo(function FileRow(row: Row) {
  const { file, place, now, added, selected, toggle } = row
  const { t, language } = useSpoken()
  const styles = useTableStyles()
  return (
    <tr
      ref={row.measure}
      data-index={place}
      aria-rowindex={place + 2}
      className={mergeClasses(styles.row, selected && styles.selected)}
    >
      {toggle && (
        <td className={styles.check}>
          <Tick
            label={t.files.select(file.name)}
            checked={selected}
            turn={(withShift) => toggle(file.id, withShift)}
          />
        </td>
      )}
      <td className={styles.name}>
        <Name file={file} />
      </td>
      <td className={styles.status}>
        <FileState status={stateOf(file)} small />
      </td>
      <td className={styles.progress}>
        <Progress file={file} />
      </td>
      <td className={styles.size}>{bytes(file.size_bytes, language)}</td>
      <td className={styles.figure}>
        <Cost file={file} />
      </td>
      <td className={mergeClasses(styles.figure, styles.last)}>
        <Time file={file} now={now} />
      </td>
      <td className={styles.added}>
        <time dateTime={file.created_at} title={moment(file.created_at, language)}>
          {added}
        </time>
      </td>
      <td className={styles.more}>
        <Button
          appearance="subtle"
          size="small"
          icon={<MoreHorizontalRegular />}
          aria-haspopup="menu"
          aria-label={t.files.more(file.name)}
          onClick={({ currentTarget }) => row.more({ file, target: currentTarget })}
        />
      </td>
    </tr>
  )
})

function Name({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const styles = useTableStyles()
  const Icon = file.media_type?.startsWith('image/') ? ImageRegular : DocumentPdfRegular
  const why = file.error ? explained(file, language).what : null
  const waits = waitWords(file, language)
  return (
    <div className={styles.line}>
      <span className={styles.kind}>
        <Icon aria-hidden />
        {file.progress.rendered > 0 && (
          <SmallImage
            className={styles.small}
            fileId={file.id}
            number={firstOf(file.pages)}
            drawn={file.progress.rendered}
            version={file.finished_at}
            width={64}
          />
        )}
      </span>
      <Link to={`/files/${file.id}`} className={styles.link} title={file.name}>
        {file.name}
      </Link>
      {file.folder && (
        <Link
          to={addressOfFolder(file.folder)}
          className={mergeClasses(styles.quiet, styles.folder)}
          title={t.files.onlyFolder(file.folder)}
        >
          {file.folder}
        </Link>
      )}
      {why && (
        <span className={styles.reason} title={why}>
          {why}
        </span>
      )}
      {waits && (
        <span className={styles.waits} title={waits}>
          {waits}
        </span>
      )}
    </div>
  )
}

/** How many pages are read, as a bar and in words; and where to look at those in doubt. */
export function Progress({ file }: { file: LectorFile }) {
  const { t } = useSpoken()
  const styles = useTableStyles()
  const { total, read, failed, doubted } = file.progress
  if (!total) return <>–</>
  const words = t.files.read(read, total) + (failed ? `, ${t.files.failedPages(failed)}` : '')
  return (
    <div className={styles.pages}>
      {file.finished_at === null && (
        <ProgressBar
          className={styles.bar}
          value={(read + failed) / total}
          color={failed ? 'warning' : 'brand'}
          aria-label={words}
        />
      )}
      <span className={styles.words}>{words}</span>
      {doubted > 0 && (
        <Link to={`/files/${file.id}?show=doubted`} className={styles.look}>
          <QuestionCircleRegular aria-hidden /> {t.doubts.pages(doubted)}
        </Link>
      )}
    </div>
  )
}

/** What it took; of a file that is being read, how long it will still take. */
function Time({ file, now }: { file: LectorFile; now: number }) {
  const { t, language } = useSpoken()
  const took = between(file.begun_at, file.finished_at, now)
  const left = secondsLeft(file, now)
  if (took === null) return <>–</>
  return (
    <span title={duration(took, language)}>
      {left === null ? duration(took, language) : t.files.left(roughly(left, language))}
    </span>
  )
}

function Cost({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const { prompt_tokens, completion_tokens, cost_usd } = file.usage
  const count = (tokens: number | null) => (tokens ?? 0).toLocaleString(language)
  const taken =
    prompt_tokens === null
      ? undefined
      : t.files.tokens(count(prompt_tokens), count(completion_tokens))
  return <span title={taken}>{cost(file.spent_usd ?? cost_usd, language)}</span>
}
