import {
  makeStyles,
  MessageBar,
  MessageBarBody,
  Tab,
  TabList,
  tokens,
} from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { Link, useParams, useSearchParams } from 'react-router'
import { isRefusal, type LectorFile } from '../api/client'
import { useFile } from '../api/queries'
import { Progress } from '../files/FileRow'
import { addressOfFolder } from '../files/filter'
import { waitWords } from '../reading/waiting'
import { between, bytes, cost, duration } from '../shared/format'
import { useError, useHeading, useNow } from '../shared/hooks'
import { Asking, Loading, Missing } from '../shared/States'
import { FileState, stateOf } from '../shared/Status'
import { useSpoken } from '../text'
import { Ceiling } from './Ceiling'
import { Failure } from './Failure'
import { FileActions } from './FileActions'
import { FileEvents } from './FileEvents'
import { Gallery } from './Gallery'
import { Keep } from './Keep'
import { Timeline } from './Timeline'
import { Unlock } from './Unlock'
import { Warnings } from './Warnings'
import { WholeText } from './WholeText'

const TABS = { pages: Gallery, text: WholeText, timeline: Timeline, events: FileEvents }
type TabName = keyof typeof TABS

const useStyles = makeStyles({
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px' },
  name: {
    margin: 0,
    fontSize: tokens.fontSizeHero700,
    lineHeight: tokens.lineHeightHero700,
    overflowWrap: 'anywhere',
  },
  figures: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 28px',
    margin: '8px 0 4px',
    alignItems: 'center',
  },
  figure: { margin: 0, fontVariantNumeric: 'tabular-nums' },
  term: { color: tokens.colorNeutralForeground2, marginRight: '6px' },
  message: { margin: '8px 0' },
  back: { color: tokens.colorBrandForegroundLink },
})

/** Everything about one file. */
export default function FilePage() {
  const { id } = useParams()
  const { t } = useSpoken()
  const file = useFile(id!)
  const error = useError(file)
  if (!file.data || isRefusal(error))
    return error ? (
      <Missing
        title={t.app.file}
        none={t.app.noFile}
        error={error}
        again={file.refetch}
        to="/"
        back={t.app.back}
      />
    ) : (
      <Loading />
    )
  return (
    <>
      <Asking query={file} />
      <Shown file={file.data} />
    </>
  )
}

function Shown({ file }: { file: LectorFile }) {
  const { t } = useSpoken()
  const styles = useStyles()
  const heading = useHeading<HTMLHeadingElement>(file.name)
  const [query, setQuery] = useSearchParams()
  const wanted = query.get('tab') as TabName | null
  const tab: TabName = wanted && wanted in TABS ? wanted : 'pages'
  const Content = TABS[tab]
  return (
    <>
      <Link to="/" className={styles.back}>
        ← {t.app.files}
      </Link>
      <div className={styles.head}>
        <h1 {...heading} className={styles.name}>
          {file.name}
        </h1>
        <FileState status={stateOf(file)} />
        <FileActions file={file} />
      </div>
      <Figures file={file} />
      <Messages file={file} />
      <TabList
        selectedValue={tab}
        onTabSelect={(_, { value }) => setQuery({ tab: String(value) }, { replace: true })}
      >
        {(Object.keys(TABS) as TabName[]).map((name) => (
          <Tab key={name} value={name}>
            {t.file[name]}
          </Tab>
        ))}
      </TabList>
      <Content file={file} />
    </>
  )
}

function Figures({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const now = useNow(file.finished_at === null)
  const took = between(file.begun_at, file.finished_at, now)
  const { prompt_tokens, completion_tokens, cost_usd } = file.usage
  const spent = file.spent_usd ?? cost_usd
  const tokens =
    prompt_tokens === null
      ? null
      : (prompt_tokens + (completion_tokens ?? 0)).toLocaleString(language)
  const figures: [string, ReactNode][] = [
    [t.file.took, took === null ? null : duration(took, language)],
    [t.file.cost, spent === null ? null : cost(spent, language)],
    [t.file.most, file.max_cost_usd === null ? null : cost(file.max_cost_usd, language)],
    [t.file.tokens, tokens],
    [t.file.folder, file.folder && <Folder path={file.folder} />],
    [t.file.size, bytes(file.size_bytes, language)],
    [file.delete_at ? t.file.deleteAt : t.file.kept, <Keep key="keep" file={file} />],
  ]
  return (
    <div className={styles.figures}>
      <Progress file={file} />
      {figures.map(
        ([term, value], at) =>
          value && (
            <p key={at} className={styles.figure}>
              <span className={styles.term}>{term}</span>
              {value}
            </p>
          ),
      )}
    </div>
  )
}

function Folder({ path }: { path: string }) {
  return (
    <Link to={addressOfFolder(path)} className={useStyles().back}>
      {path}
    </Link>
  )
}

function Messages({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const waits = waitWords(file, language)
  return (
    <>
      <Failure file={file} />
      <Unlock file={file} />
      <Warnings file={file} />
      {waits && (
        <MessageBar className={styles.message} layout="multiline">
          <MessageBarBody>
            {waits}
            <Ceiling file={file} />
          </MessageBarBody>
        </MessageBar>
      )}
      {file.status === 'announced' && (
        <MessageBar className={styles.message}>
          <MessageBarBody>{t.file.announcedHint}</MessageBarBody>
        </MessageBar>
      )}
    </>
  )
}
