import { Button, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components'
import {
  CameraRegular,
  ChevronDownRegular,
  ChevronUpRegular,
  DocumentAddRegular,
} from '@fluentui/react-icons'
import { lazy, Suspense, useEffect, useRef, useState, type ChangeEvent } from 'react'
import { useText } from '../text'
import { useUploads } from './Uploads'
import { ACCEPTED } from './kinds'
import { dropped, pasted, sorted } from './walk'
import { toSend } from './wishes'

const ReadingOptions = lazy(() => import('./ReadingOptions'))

const useStyles = makeStyles({
  area: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '10px 14px',
    padding: '14px 18px',
    marginBottom: '16px',
    border: `2px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  large: {
    flexDirection: 'column',
    justifyContent: 'center',
    textAlign: 'center',
    minHeight: '320px',
    gap: '16px',
  },
  over: {
    border: `2px dashed ${tokens.colorBrandStroke1}`,
    backgroundColor: tokens.colorBrandBackground2,
  },
  icon: { fontSize: '32px', color: tokens.colorBrandForeground1 },
  largeIcon: { fontSize: '56px' },
  words: { color: tokens.colorNeutralForeground2 },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  options: { marginLeft: 'auto', '@media (max-width: 600px)': { marginLeft: 0 } },
  skipped: { flexBasis: '100%', overflowWrap: 'anywhere' },
  // by its main pointer a phone or tablet is known, which has a camera at hand
  camera: { '@media not (pointer: coarse)': { display: 'none' } },
  hidden: { display: 'none' },
})

/** Where documents are dropped or chosen; they may be dropped anywhere on the page. */
export function DropArea({ large }: { large: boolean }) {
  const t = useText()
  const styles = useStyles()
  const { skipped } = useUploads()
  const over = useDrop()
  return (
    <div className={mergeClasses(styles.area, large && styles.large, over && styles.over)}>
      <DocumentAddRegular
        className={mergeClasses(styles.icon, large && styles.largeIcon)}
        aria-hidden
      />
      <Text size={large ? 600 : 400} weight={large ? 'semibold' : 'regular'}>
        {over ? t.files.dropNow : t.files.drop}
      </Text>
      {large && (
        <Text size={400} className={styles.words}>
          {t.files.welcome}
        </Text>
      )}
      <Choose />
      <Text size={200} className={styles.words}>
        {t.files.kinds}
      </Text>
      <Options large={large} />
      {skipped.length > 0 && (
        <Text className={styles.skipped} role="status">
          {t.files.skipped(skipped)}
        </Text>
      )}
    </div>
  )
}

function Choose() {
  const t = useText()
  const styles = useStyles()
  const { take } = useUploads()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const camera = useRef<HTMLInputElement>(null)
  const chosen = (event: ChangeEvent<HTMLInputElement>) => {
    take(sorted([...(event.target.files ?? [])]))
    event.target.value = ''
  }
  const input = { className: styles.hidden, type: 'file', onChange: chosen }
  return (
    <div className={styles.buttons}>
      <Button appearance="primary" onClick={() => files.current?.click()}>
        {t.files.choose}
      </Button>
      <Button onClick={() => folder.current?.click()}>{t.files.chooseFolder}</Button>
      <Button
        className={styles.camera}
        icon={<CameraRegular />}
        onClick={() => camera.current?.click()}
      >
        {t.files.photograph}
      </Button>
      <input ref={files} {...input} accept={ACCEPTED} multiple data-testid="files" />
      <input ref={folder} {...input} {...{ webkitdirectory: '' }} />
      <input ref={camera} {...input} accept="image/*" capture="environment" />
    </div>
  )
}

/** How files are to be read: out of the way, but never forgotten once something was said. */
function Options({ large }: { large: boolean }) {
  const t = useText()
  const styles = useStyles()
  const { reading } = useUploads()
  const [open, setOpen] = useState(false)
  const said = Object.keys(toSend(reading)).length
  return (
    <>
      <Button
        className={large ? undefined : styles.options}
        appearance="subtle"
        icon={open ? <ChevronUpRegular /> : <ChevronDownRegular />}
        iconPosition="after"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {t.upload.options}
        {said > 0 && ` (${said})`}
      </Button>
      {open && (
        <Suspense>
          <ReadingOptions />
        </Suspense>
      )}
    </>
  )
}

/** Takes what is dropped or pasted anywhere; tells whether something is held over the page. */
function useDrop(): boolean {
  const [over, setOver] = useState(false)
  const { take } = useUploads()
  useEffect(() => {
    const stop = new AbortController()
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const hold = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false)
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(false)
      void dropped(event.dataTransfer!).then(take)
    }
    const paste = (event: ClipboardEvent) => {
      const files = pasted(event)
      if (!files.length) return // text goes where it is pasted
      event.preventDefault()
      take(sorted(files))
    }
    addEventListener('paste', paste, stop)
    addEventListener('dragover', hold, stop)
    addEventListener('dragleave', leave, stop)
    addEventListener('drop', drop, stop)
    return () => stop.abort()
  }, [take])
  return over
}
