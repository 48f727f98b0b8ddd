import { Button, Link as FluentLink, makeStyles, Text, tokens } from '@fluentui/react-components'
import {
  ArrowUndoRegular,
  CheckmarkCircleRegular,
  EditRegular,
  SaveRegular,
} from '@fluentui/react-icons'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { ApiError, type LectorFile, type WholePage } from '../api/client'
import { useActions, useMe } from '../api/queries'
import { DoubtNotice } from '../reading/DoubtNotice'
import { ImageView } from '../reading/ImageView'
import { Keys } from '../reading/Keys'
import { PageText } from '../reading/PageText'
import { type Neighbours, PageTools } from '../reading/PageTools'
import { PANE } from '../reading/reveal'
import { beside, type Spot } from '../reading/spots'
import { NARROW, Sides } from '../reading/Sides'
import { SourceButton } from '../reading/SourceButton'
import { useTextForm } from '../reading/useTextForm'
import { useView } from '../reading/useView'
import { moved } from '../reading/view'
import { useHeading, useKeys } from '../shared/hooks'
import { Problem } from '../shared/States'
import { useText } from '../text'
import { Conflict } from './Conflict'
import { isOpen, spotsNow, take, type Taken, typed } from './draft'
import { type Asked, asked } from './keys'
import { Place } from './Place'
import { useDraft } from './useDraft'

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', flex: '1 1 0', minHeight: 0 },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '4px 12px',
    marginBottom: '10px',
  },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    overflowWrap: 'anywhere',
  },
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    flex: 'none',
    gap: '8px',
    margin: '0 0 8px',
  },
  paper: {
    overflow: 'auto',
    flex: '1 1 0',
    boxSizing: 'border-box',
    minHeight: '220px',
    padding: '16px 20px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    [NARROW]: { flex: 'none', minHeight: 0 },
  },
  area: {
    boxSizing: 'border-box',
    width: '100%',
    flex: '1 1 0',
    minHeight: '220px',
    padding: '16px 20px',
    font: 'inherit',
    lineHeight: 1.5,
    resize: 'none',
    color: tokens.colorNeutralForeground1,
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    [NARROW]: { flex: 'none', height: '50vh' },
  },
})

const NONE: never[] = []

interface Shown {
  file: LectorFile
  page: WholePage
  /** Where it is among the pages to check, in words. */
  place: string | null
  /** To the pages beside, and where one goes on when this one is decided. */
  go: Neighbours & { on: () => void }
}

/** A page's image beside its text, which a person corrects or finds right. */
export function Checking({ file, page, place, go }: Shown) {
  const t = useText()
  const styles = useStyles()
  const navigate = useNavigate()
  const { number } = page
  const heading = useHeading<HTMLHeadingElement>(
    `${t.check.title} · ${t.common.page(number)} · ${file.name}`,
  )
  const isRead = page.status === 'read' || page.status === 'failed'
  const mayWrite = (useMe().data?.scopes.includes('write') ?? false) && isRead
  const { correct } = useActions()
  const { draft, isChanged, isConflict, change, drop } = useDraft(file.id, page)
  const [view, setView] = useView()
  const form = useTextForm(page, draft.text)
  const [help, setHelp] = useState(false)
  const [editing, setEditing] = useState(page.status === 'failed' && mayWrite)
  const [index, setIndex] = useState(() => draft.marks.findIndex(isOpen))
  const spots = useMemo(() => spotsNow(draft), [draft])
  const chosen = spots[index] ?? null
  const choose = (spot: Spot | null) => setIndex(spot ? spots.indexOf(spot) : -1)
  const step = (step: 1 | -1) => {
    const open = spots.filter((_, at) => isOpen(draft.marks[at]!))
    choose(beside(open, chosen, step))
  }
  const takeAt = (taken: Taken) => {
    if (mayWrite) change(take(draft, index, taken))
  }
  const send = (text: string) =>
    correct.mutate(
      { id: file.id, number, version: page.version, text },
      { onSuccess: () => (drop(), go.on()) },
    )
  const save = () => {
    if (mayWrite && isChanged && !isConflict && !correct.isPending) send(draft.text)
  }
  const right = () => {
    if (mayWrite && !isChanged && page.text !== null && !correct.isPending) send(page.text)
  }
  const act: Record<Asked, () => void> = {
    nextPlace: () => step(1),
    previousPlace: () => step(-1),
    own: () => takeAt('own'),
    other: () => takeAt('other'),
    edit: () => setEditing(mayWrite && !editing),
    save,
    right,
    next: () => go.next?.(),
    previous: () => go.previous?.(),
    in: () => setView(moved(view, 'in')),
    out: () => setView(moved(view, 'out')),
    page: () => setView(moved(view, 'page')),
    width: () => setView(moved(view, 'width')),
    source: form.change,
    rotate: () => setView(moved(view, 'rotate')),
    help: () => setHelp(true),
    nothing: () => (editing ? setEditing(false) : setIndex(-1)),
  }
  useKeys(asked, (what) => act[what](), !help)
  const wasChanged = correct.error instanceof ApiError && correct.error.status === 412
  return (
    <div className={styles.page} data-fills>
      <div className={styles.head}>
        <h1 {...heading} className={styles.title}>
          {t.check.title} ·{' '}
          <FluentLink
            style={{ fontSize: 'inherit', lineHeight: 'inherit' }}
            href={`/files/${file.id}/pages/${number}`}
            onClick={(event) => {
              event.preventDefault()
              void navigate(`/files/${file.id}/pages/${number}`)
            }}
          >
            {file.name}, {t.common.page(number)}
          </FluentLink>
        </h1>
        <PageTools
          number={number}
          go={go}
          names={{ previous: t.check.previousPage, next: t.check.nextPage }}
          view={view}
          setView={setView}
          help={act.help}
        >
          {place && <Text>{place}</Text>}
        </PageTools>
      </div>
      <Sides
        image={
          <ImageView
            fileId={file.id}
            page={page}
            view={view}
            setView={setView}
            spots={spots}
            chosen={chosen}
            choose={choose}
          />
        }
        text={
          <>
            {mayWrite ? (
              <div className={styles.actions} role="group" aria-label={t.check.decide}>
                <Button
                  icon={<CheckmarkCircleRegular />}
                  appearance={isChanged ? 'secondary' : 'primary'}
                  disabled={isChanged || page.text === null || correct.isPending}
                  aria-keyshortcuts="y"
                  onClick={right}
                >
                  {t.check.right}
                </Button>
                <Button
                  icon={<SaveRegular />}
                  appearance={isChanged ? 'primary' : 'secondary'}
                  disabled={!isChanged || isConflict || correct.isPending}
                  title={t.check.saveHint}
                  aria-keyshortcuts="s"
                  onClick={save}
                >
                  {t.check.save}
                </Button>
                <Button icon={<EditRegular />} aria-keyshortcuts="e" onClick={act.edit}>
                  {editing ? t.check.stopEditing : t.check.edit}
                </Button>
                {isChanged && (
                  <Button icon={<ArrowUndoRegular />} onClick={drop}>
                    {t.check.undo}
                  </Button>
                )}
                {form.canBeRendered && !editing && <SourceButton form={form} />}
                {isChanged && <Text role="status">{t.check.changed}</Text>}
              </div>
            ) : (
              <p role="status">{isRead ? t.check.readOnly : t.check.beingRead}</p>
            )}
            {isConflict && !correct.isPending && (
              <Conflict
                mine={draft.text}
                theirs={page.text ?? ''}
                keepMine={() => send(draft.text)}
                takeTheirs={drop}
                isSaving={correct.isPending}
              />
            )}
            {correct.error && !wasChanged && <Problem error={correct.error} />}
            <DoubtNotice doubts={page.doubts} />
            {!editing && (
              <Place
                marks={draft.marks}
                chosen={draft.marks[index] ?? null}
                step={step}
                take={takeAt}
                mayWrite={mayWrite}
              />
            )}
            {editing ? (
              <Editor
                label={t.check.text(number)}
                text={draft.text}
                at={chosen?.start ?? 0}
                change={(text) => change(typed(draft, text))}
              />
            ) : (
              <div
                className={styles.paper}
                {...PANE}
                tabIndex={0}
                role="region"
                aria-label={t.check.text(number)}
              >
                {draft.text === '' && <Text italic>{t.reading.noText}</Text>}
                <PageText
                  text={draft.text}
                  provenance={page.provenance}
                  spots={spots}
                  chosen={chosen}
                  choose={choose}
                  hits={NONE}
                  from={null}
                  isRendered={form.isRendered}
                  drawn={form.drawn}
                />
              </div>
            )}
          </>
        }
      />
      {help && <Keys list={t.check.keys} close={() => setHelp(false)} />}
    </div>
  )
}

interface Edited {
  label: string
  text: string
  /** Where the cursor is at first, in UTF-16 units. */
  at: number
  change: (text: string) => void
}

/** A field in which a text is typed; its cursor begins at the place that was chosen. */
function Editor({ label, text, at, change }: Edited) {
  const styles = useStyles()
  const field = useRef<HTMLTextAreaElement>(null)
  const first = useRef(at)
  useEffect(() => {
    // A heading that was come to takes the focus first.
    const frame = requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.setSelectionRange(first.current, first.current)
    })
    return () => cancelAnimationFrame(frame)
  }, [])
  return (
    <textarea
      ref={field}
      className={styles.area}
      spellCheck={false}
      aria-label={label}
      value={text}
      onChange={(event) => change(event.target.value)}
    />
  )
}
