import { Button, makeStyles, Text, ToggleButton, tokens } from '@fluentui/react-components'
import {
  ArrowClockwiseRegular,
  EditRegular,
  LayoutColumnOneThirdLeftRegular,
} from '@fluentui/react-icons'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import type { LectorFile, WholePage } from '../api/client'
import { pageQuery, useFile, useMe } from '../api/queries'
import { Again } from '../file/Again'
import { CopyButton } from '../shared/CopyButton'
import { useKept } from '../shared/kept'
import { useHeading, useKeys } from '../shared/hooks'
import { useText } from '../text'
import { About } from './About'
import { canBeVerified, Verify } from './Verify'
import { ImageView } from './ImageView'
import { Keys } from './Keys'
import { Folded } from './Folded'
import { PageOfFile } from './PageOfFile'
import { PageNumber, PageTools } from './PageTools'
import { NARROW, Sides } from './Sides'
import { beside, differs, type Side, type Spot, spotsOf } from './spots'
import { SourceButton } from './SourceButton'
import { Strip } from './Strip'
import { TextView } from './TextView'
import { useTextForm } from './useTextForm'
import { Versions } from './Versions'
import { useView } from './useView'
import { type Asked, askedBy, isMove, moved } from './view'

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', flex: '1 1 0', minHeight: 0 },
  pages: { [NARROW]: { display: 'none' } },
  row: {
    display: 'flex',
    flex: '1 1 0',
    minHeight: 0,
    [NARROW]: { display: 'block' },
  },
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
  link: { color: tokens.colorBrandForegroundLink },
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    flex: 'none',
    gap: '8px',
    margin: '0 0 8px',
  },
  heading: { fontSize: tokens.fontSizeBase400, margin: '16px 0 4px' },
})

const VERIFIED_AFTER_MS = 2000

/** A page's image beside its text. */
export default function ReadingPage() {
  const { id, number: asked } = useParams()
  const number = Number(asked)
  const [query] = useSearchParams()
  const highlight = query.get('q') ?? ''
  const t = useText()
  const file = useFile(id!)
  const page = useQuery({
    ...pageQuery(id!, number, highlight),
    placeholderData: keepPreviousData,
    // That verification is over is announced only where it has found something out.
    refetchInterval: ({ state }) => (state.data?.being_verified ? VERIFIED_AFTER_MS : false),
  })
  return (
    <PageOfFile
      number={number}
      file={file}
      page={page}
      to={file.data ? `/files/${file.data.id}` : '/'}
      back={`← ${file.data?.name ?? t.app.files}`}
    >
      {(file, page) => <Shown file={file} page={page} number={number} highlight={highlight} />}
    </PageOfFile>
  )
}

interface Reading {
  file: LectorFile
  page: WholePage
  number: number
  highlight: string
}

function Shown({ file, page, number, highlight }: Reading) {
  const t = useText()
  const styles = useStyles()
  const heading = useHeading<HTMLHeadingElement>(`${t.common.page(number)} · ${file.name}`)
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const [view, setView] = useView()
  const field = useRef<HTMLInputElement>(null)
  const [showsStrip, setShowsStrip] = useKept<boolean>('strip', true)
  const hasMany = (file.page_count ?? 0) > 1
  const [dialog, setDialog] = useState<'again' | 'keys' | null>(null)
  const navigate = useNavigate()
  const go = useNeighbours(file, number, highlight)
  const { spots, chosen, from, choose } = useSpots(page)
  const form = useTextForm(page, page.text ?? '')
  const copyLabel = form.isRendered ? t.reading.copyText : t.reading.copyMarkdown
  const act = (what: Asked) => {
    if (what === 'previous' || what === 'next') go[what]?.()
    else if (what === 'copy') void navigator.clipboard.writeText(form.copied())
    else if (what === 'source') form.change()
    else if (what === 'strip') hasMany && setShowsStrip(!showsStrip)
    else if (what === 'goTo') field.current?.focus()
    else if (what === 'help') setDialog('keys')
    else if (isMove(what)) setView(moved(view, what))
    else choose(what === 'nothing' ? null : stepped(what, spots, chosen))
  }
  useKeys(askedBy, act, dialog === null)
  return (
    <div className={styles.page} data-fills>
      <div className={styles.head}>
        {hasMany && (
          <ToggleButton
            className={styles.pages}
            icon={<LayoutColumnOneThirdLeftRegular />}
            checked={showsStrip}
            aria-label={t.reading.strip}
            title={t.reading.strip}
            aria-keyshortcuts="t"
            onClick={() => setShowsStrip(!showsStrip)}
          />
        )}
        <h1 {...heading} className={styles.title}>
          <Link to={`/files/${file.id}`} className={styles.link}>
            {file.name}
          </Link>{' '}
          · {t.common.page(number)}
        </h1>
        {highlight && <Text>{t.reading.hits(page.highlights.length)}</Text>}
        <PageTools
          number={number}
          go={go}
          names={{ previous: t.reading.previous, next: t.reading.next }}
          view={view}
          setView={setView}
          help={() => setDialog('keys')}
        >
          <PageNumber number={number} count={file.page_count ?? number} to={go.to} field={field} />
        </PageTools>
      </div>
      <div className={styles.row}>
        {hasMany && showsStrip && <Strip file={file} number={number} pathOf={go.pathOf} />}
        <Sides
          image={
            <ImageView
              fileId={file.id}
              page={page}
              view={view}
              setView={setView}
              spots={spots}
              chosen={chosen}
              from={from}
              choose={choose}
            />
          }
          text={
            <>
              <div className={styles.actions}>
                {form.canBeRendered && <SourceButton form={form} />}
                <CopyButton
                  text={form.copied}
                  label={form.canBeRendered ? copyLabel : t.common.copy}
                />
                {mayWrite && (page.status === 'read' || page.status === 'failed') && (
                  <Button icon={<ArrowClockwiseRegular />} onClick={() => setDialog('again')}>
                    {t.reading.readAgain}
                  </Button>
                )}
                {mayWrite && (page.status === 'read' || page.status === 'failed') && (
                  <Button
                    icon={<EditRegular />}
                    onClick={() => void navigate(`/check/${file.id}/${number}`)}
                  >
                    {t.check.correct}
                  </Button>
                )}
                {mayWrite && page.status === 'read' && canBeVerified(page) && (
                  <Verify key={number} id={file.id} page={page} />
                )}
              </div>
              <TextView
                page={page}
                form={form}
                spots={spots}
                chosen={chosen}
                from={from}
                choose={choose}
              />
              <Folded
                name="about"
                title={t.reading.about}
                hint={page.provenance && t.provenance[page.provenance]}
              >
                <About page={page} />
                {page.versions > 1 && (
                  <>
                    <h2 className={styles.heading}>{t.reading.versions}</h2>
                    <Versions id={file.id} number={number} />
                  </>
                )}
              </Folded>
            </>
          }
        />
      </div>
      {dialog === 'again' && (
        <Again id={file.id} pages={String(number)} close={() => setDialog(null)} />
      )}
      {dialog === 'keys' && <Keys close={() => setDialog(null)} />}
    </div>
  )
}

/** What can be pointed at on a page, and what was chosen of it; another text has nothing chosen. */
function useSpots(page: WholePage) {
  const { number, version, text, words, missing } = page
  const spots = useMemo(() => spotsOf({ text, words, missing }), [text, words, missing])
  const [choice, setChoice] = useState<{ of: string; index: number; from: Side | null } | null>(
    null,
  )
  const of = `${number} ${version}`
  const chosen = (choice?.of === of && spots[choice.index]) || null
  const choose = useCallback(
    (spot: Spot | null, from: Side | null = null) =>
      setChoice(spot && { of, index: spots.indexOf(spot), from }),
    [of, spots],
  )
  return { spots, chosen, from: choice?.from ?? null, choose }
}

/** The spot that a key leads to. */
function stepped(what: Asked, spots: Spot[], chosen: Spot | null): Spot | null {
  const steps = what === 'nextDifference' || what === 'previousDifference'
  const step = what === 'nextDifference' || what === 'nextWord' ? 1 : -1
  return beside(steps ? spots.filter(differs) : spots, chosen, step)
}

/** The ways to the pages beside; what is there is fetched in advance. */
function useNeighbours(file: LectorFile, number: number, highlight: string) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const last = file.page_count ?? number
  useEffect(() => {
    for (const beside of [number - 1, number + 1]) {
      if (beside >= 1 && beside <= last)
        void client.prefetchQuery(pageQuery(file.id, beside, highlight))
    }
  }, [client, file.id, number, last, highlight])
  const query = highlight ? `?q=${encodeURIComponent(highlight)}` : ''
  const pathOf = (other: number) => `/files/${file.id}/pages/${other}${query}`
  const to = (other: number) => void navigate(pathOf(other), { replace: true })
  return {
    to,
    pathOf,
    previous: number > 1 ? () => to(number - 1) : undefined,
    next: number < last ? () => to(number + 1) : undefined,
  }
}
