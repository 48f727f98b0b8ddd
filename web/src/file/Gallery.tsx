import {
  Button,
  Card,
  Checkbox,
  makeStyles,
  Select,
  Text,
  tokens,
} from '@fluentui/react-components'
import { ArrowClockwiseRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { isOpen, type LectorFile, type Page } from '../api/client'
import { useMe, usePages, type Wanted } from '../api/queries'
import { useSelection, type Selection } from '../files/selection'
import { DoubtList } from '../reading/DoubtNotice'
import { explained } from '../reading/reasons'
import { waitWords } from '../reading/waiting'
import { SmallImage } from '../shared/SmallImage'
import { Asking, More } from '../shared/States'
import { PageState, ToLookAt } from '../shared/Status'
import { useSpoken } from '../text'
import { Again } from './Again'
import { selectionOf } from './pageNumbers'

/** Twice the width of a card, for screens that show two pixels for one. */
const WIDTH_PX = 400

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '8px 12px',
    alignItems: 'center',
    margin: '12px 0',
  },
  grid: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(200px, 44vw), 1fr))',
    gap: '16px',
    listStyleType: 'none',
    margin: 0,
    padding: 0,
  },
  card: {
    height: '100%',
    padding: '10px',
    gap: '8px',
    contentVisibility: 'auto',
    containIntrinsicSize: 'auto 320px',
  },
  paper: {
    display: 'block',
    backgroundColor: tokens.colorNeutralBackground3,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusSmall,
    overflow: 'hidden',
    height: '250px',
  },
  image: { height: '100%' },
  foot: { display: 'flex', alignItems: 'center', flexWrap: 'wrap', gap: '2px 6px' },
  reason: { color: tokens.colorPaletteRedForeground1, fontSize: tokens.fontSizeBase200 },
  doubts: { fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  quiet: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
})

/** The pages of a file as pictures, with what became of each. */
export function Gallery({ file }: { file: LectorFile }) {
  const { t } = useSpoken()
  const styles = useStyles()
  const [query, setQuery] = useSearchParams()
  const choices = { ...t.pageStatus, doubted: t.doubts.only }
  const asked = query.get('show')
  const show = asked !== null && Object.hasOwn(choices, asked) ? (asked as Wanted) : null
  const list = usePages(file.id, show)
  const pages = list.data?.pages.flatMap((one) => one.pages) ?? []
  const selection = useSelection(pages.map((page) => String(page.number)))
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const [again, setAgain] = useState(false)
  if (!list.data) return <Asking query={list} />
  if (!pages.length && !show) return <p>{isOpen(file) ? t.file.noPages : t.file.neverOpened}</p>
  return (
    <>
      <Asking query={list} />
      <div className={styles.bar}>
        <Select
          aria-label={t.files.filter}
          value={show ?? ''}
          onChange={(_, { value }) => setQuery(value ? { show: value } : {}, { replace: true })}
        >
          <option value="">{t.file.allPages}</option>
          {Object.entries(choices).map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </Select>
        {mayWrite && (
          <Button
            icon={<ArrowClockwiseRegular />}
            disabled={!selection.ids.length}
            onClick={() => setAgain(true)}
          >
            {t.reading.readAgain}
          </Button>
        )}
      </div>
      {!pages.length && <p role="status">{t.file.noSuchPages}</p>}
      <ul className={styles.grid}>
        {pages.map((page) => (
          <li key={page.number}>
            <PageCard file={file} page={page} selection={selection} selectable={mayWrite} />
          </li>
        ))}
      </ul>
      <More list={list} />
      {again && (
        <Again
          id={file.id}
          pages={selectionOf(selection.ids.map(Number))}
          close={() => setAgain(false)}
        />
      )}
    </>
  )
}

interface Shown {
  file: LectorFile
  page: Page
  selection: Selection
  selectable: boolean
}

function PageCard({ file, page, selection, selectable }: Shown) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const name = String(page.number)
  const waits = waitWords(page, language)
  const finished = page.status === 'read' || page.status === 'failed'
  return (
    <Card className={styles.card}>
      <Link
        to={`/files/${file.id}/pages/${page.number}`}
        className={styles.paper}
        aria-label={t.file.open(page.number)}
      >
        {page.image && (
          <SmallImage
            className={styles.image}
            fileId={file.id}
            number={page.number}
            version={page.finished_at ?? page.rendered_at}
            width={WIDTH_PX}
          />
        )}
      </Link>
      <div className={styles.foot}>
        {selectable && finished && (
          <Checkbox
            checked={selection.has(name)}
            aria-label={t.file.selectPage(page.number)}
            onChange={(event) =>
              selection.toggle(name, (event.nativeEvent as unknown as MouseEvent).shiftKey)
            }
          />
        )}
        <Text weight="semibold">{page.number}</Text>
        <PageState status={page.status} />
        {page.doubts.length > 0 && <ToLookAt />}
      </div>
      {page.status === 'failed' && (
        <Text className={styles.reason}>{explained(page, language).what}</Text>
      )}
      {page.status === 'read' && page.provenance && (
        <Text className={styles.quiet}>{t.provenance[page.provenance]}</Text>
      )}
      {page.doubts.length > 0 && (
        <div className={styles.doubts}>
          <DoubtList doubts={page.doubts} brief />
        </div>
      )}
      {waits && <Text className={styles.quiet}>{waits}</Text>}
    </Card>
  )
}
