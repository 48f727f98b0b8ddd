import {
  Button,
  makeStyles,
  mergeClasses,
  ProgressBar,
  Text,
  tokens,
} from '@fluentui/react-components'
import {
  ArrowClockwiseRegular,
  DismissRegular,
  PauseRegular,
  PlayRegular,
} from '@fluentui/react-icons'
import { useRef } from 'react'
import { Link } from 'react-router'
import { Detail } from '../reading/DoubtNotice'
import { bytes } from '../shared/format'
import { problemWords } from '../shared/problems'
import { useSpoken } from '../text'
import { Held } from './Held'
import type { Upload } from './queue'
import { useQueue, useUploads } from './Uploads'

const PHONE = '@media (max-width: 600px)'

const useStyles = makeStyles({
  panel: {
    display: 'flex',
    flexDirection: 'column',
    gap: '10px',
    padding: '12px 18px',
    marginBottom: '16px',
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow4,
  },
  head: { display: 'flex', alignItems: 'center', gap: '12px', flexWrap: 'wrap' },
  clear: { marginLeft: 'auto' },
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    maxHeight: '300px',
    overflowY: 'auto',
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
  },
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(120px, 200px) minmax(140px, 240px) 64px',
    gap: '4px 16px',
    alignItems: 'center',
    [PHONE]: { gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr) 64px' },
  },
  name: {
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    [PHONE]: { gridColumn: '1 / -1' },
  },
  link: { color: tokens.colorBrandForegroundLink },
  buttons: { textAlign: 'right', gridColumnEnd: -1 },
  quiet: { color: tokens.colorNeutralForeground2, fontVariantNumeric: 'tabular-nums' },
  error: { color: tokens.colorPaletteRedForeground1 },
  refusal: { [PHONE]: { gridColumn: '1 / -1', order: 1 } },
})

/** Files on their way up. */
export function UploadPanel() {
  const { t } = useSpoken()
  const styles = useStyles()
  const uploads = useQueue()
  const { queue } = useUploads()
  const panel = useRef<HTMLElement>(null)
  if (!uploads.length) return null
  const open = uploads.filter((upload) => ['waiting', 'sending', 'paused'].includes(upload.state))
  const failed = uploads.filter((upload) => upload.state === 'failed').length
  const held = uploads.filter((upload) => upload.state === 'held')
  const ended = failed ? t.upload.failed(failed) : t.upload.done
  const said = [
    open.length > 0 && t.upload.left(open.length),
    held.length > 0 && t.upload.heldFiles(held.length),
  ].filter(Boolean)
  return (
    <section ref={panel} tabIndex={-1} className={styles.panel} aria-label={t.upload.title}>
      <div className={styles.head}>
        <Text weight="semibold">{t.upload.title}</Text>
        <Text className={styles.quiet} role="status">
          {said.join(', ') || ended}
        </Text>
        <Button
          className={styles.clear}
          size="small"
          appearance="subtle"
          onClick={() => queue.clear()}
        >
          {t.upload.clear}
        </Button>
      </div>
      {held.length > 0 && <Held uploads={held} begun={() => panel.current?.focus()} />}
      <ul className={styles.list}>
        {uploads.map((upload) => (
          <UploadRow key={upload.key} upload={upload} />
        ))}
      </ul>
    </section>
  )
}

function UploadRow({ upload }: { upload: Upload }) {
  const { t } = useSpoken()
  const styles = useStyles()
  const { queue } = useUploads()
  const { key, file, state, sent, id, found } = upload
  const pausable = state === 'waiting' || state === 'sending'
  return (
    <li className={styles.row}>
      <span className={styles.name} title={file.name}>
        {id ? (
          <Link to={`/files/${id}`} className={styles.link}>
            {file.name}
          </Link>
        ) : (
          file.name
        )}
      </span>
      <ProgressBar
        value={file.size ? sent / file.size : 0}
        color={state === 'failed' ? 'error' : state === 'done' ? 'success' : 'brand'}
        aria-label={file.name}
      />
      <Said upload={upload} />
      <span className={styles.buttons}>
        {pausable && (
          <Button
            size="small"
            appearance="subtle"
            icon={<PauseRegular />}
            aria-label={t.upload.pause(file.name)}
            onClick={() => queue.pause(key)}
          />
        )}
        {(state === 'paused' || state === 'failed') && (
          <Button
            size="small"
            appearance="subtle"
            icon={<PlayRegular />}
            aria-label={t.upload.resume(file.name)}
            onClick={() => queue.resume(key)}
          />
        )}
        {found && (
          <Button
            size="small"
            appearance="subtle"
            icon={<ArrowClockwiseRegular />}
            title={t.upload.again(file.name)}
            aria-label={t.upload.again(file.name)}
            onClick={() => queue.again(key)}
          />
        )}
        <Button
          size="small"
          appearance="subtle"
          icon={<DismissRegular />}
          aria-label={t.upload.remove(file.name)}
          onClick={() => queue.remove(key)}
        />
      </span>
    </li>
  )
}

function Said({ upload }: { upload: Upload }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const { state, sent, file, began, cut, found, pages, locked } = upload
  if (state === 'failed' || upload.error) return <Refusal upload={upload} />
  if (state === 'held')
    return (
      <span className={styles.quiet}>
        {[pages && t.common.pages(pages), locked && t.upload.locked].filter(Boolean).join(', ')}
      </span>
    )
  if (cut && state === 'sending') return <span className={styles.error}>{t.upload.cut}</span>
  if (found) return <span className={styles.quiet}>{t.upload.found}</span>
  if (state !== 'sending') return <span className={styles.quiet}>{t.upload[state]}</span>
  const speed = (sent / Math.max(Date.now() - began, 1)) * 1000
  const said = t.upload.sending(
    bytes(sent, language),
    bytes(file.size, language),
    bytes(speed, language),
  )
  return <span className={styles.quiet}>{said}</span>
}

/** Why a file is not taken: in the language of the page if that is known, and as the server says it. */
function Refusal({ upload: { error = '', code } }: { upload: Upload }) {
  const { language } = useSpoken()
  const styles = useStyles()
  const { what, detail } = problemWords({ ...(code && { code }), message: error }, language)
  return (
    <span className={mergeClasses(styles.error, styles.refusal)}>
      {what}
      <Detail detail={detail} />
    </span>
  )
}
