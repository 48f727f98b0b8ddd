import {
  Button,
  Field,
  Input,
  makeStyles,
  SearchBox,
  Select,
  Text,
  tokens,
} from '@fluentui/react-components'
import { useEffect, useRef, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import type { Hit } from '../api/client'
import { useSearch, type SearchQuery } from '../api/queries'
import { useHeading, useSettled } from '../shared/hooks'
import { Asking, More } from '../shared/States'
import { ToLookAt } from '../shared/Status'
import { useSpoken, useText } from '../text'
import { byFile } from './grouping'
import { inLine } from './snippet'
import { languages, paramsOf, wantedOf } from './wanted'

const useStyles = makeStyles({
  title: {
    margin: '0 0 12px',
    fontSize: tokens.fontSizeHero700,
    lineHeight: tokens.lineHeightHero700,
  },
  box: { width: '100%', maxWidth: '640px' },
  hint: { display: 'block', color: tokens.colorNeutralForeground2, margin: '6px 0 20px' },
  filters: { display: 'flex', flexWrap: 'wrap', gap: '8px 16px', marginBottom: '16px' },
  file: { fontSize: tokens.fontSizeBase400, margin: '20px 0 6px', overflowWrap: 'anywhere' },
  fileLink: {
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    ':hover': { textDecorationLine: 'underline' },
  },
  count: {
    color: tokens.colorNeutralForeground2,
    fontWeight: tokens.fontWeightRegular,
    fontSize: tokens.fontSizeBase300,
  },
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    maxWidth: '900px',
  },
  hit: {
    display: 'block',
    padding: '10px 14px',
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    ':hover': { border: `1px solid ${tokens.colorBrandStroke1}` },
  },
  page: {
    color: tokens.colorBrandForeground1,
    fontWeight: tokens.fontWeightSemibold,
    marginRight: '10px',
  },
  doubted: { marginRight: '10px' },
  mark: {
    backgroundColor: tokens.colorPaletteYellowBackground2,
    color: tokens.colorNeutralForeground1,
  },
})

/** Search over the text of every file. */
export default function SearchPage() {
  const t = useText()
  const styles = useStyles()
  const heading = useHeading<HTMLHeadingElement>(t.search.title)
  const [query, setQuery] = useSearchParams()
  const wanted = wantedOf(query)
  const search = (changes: Partial<SearchQuery>) =>
    setQuery(paramsOf({ ...wanted, ...changes }), { replace: true })
  return (
    <>
      <h1 {...heading} className={styles.title}>
        {t.search.title}
      </h1>
      <Ask q={wanted.q} search={(q) => search({ q })} />
      <Text className={styles.hint}>{t.search.hint}</Text>
      <Filters wanted={wanted} search={search} />
      {wanted.q ? (
        <Results wanted={wanted} search={(q) => search({ q })} />
      ) : (
        <p>{t.search.start}</p>
      )}
    </>
  )
}

/** Searches once the typing stands still, or at once on Enter. */
function Ask({ q, search }: { q: string; search: (text: string) => void }) {
  const t = useText()
  const styles = useStyles()
  const [text, setText] = useState(q)
  const settled = useSettled(text.trim(), 400)
  const asked = useRef(q)
  const ask = (wanted: string) => {
    if (wanted === asked.current) return
    asked.current = wanted
    search(wanted)
  }
  useEffect(() => ask(settled), [settled])
  useEffect(() => {
    if (q === asked.current) return
    asked.current = q
    setText(q)
  }, [q])
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        ask(text.trim())
      }}
    >
      <SearchBox
        className={styles.box}
        size="large"
        aria-label={t.app.search}
        placeholder={t.app.search}
        maxLength={200}
        value={text}
        onChange={(_, { value }) => setText(value)}
      />
    </form>
  )
}

/** In which language, and of which days. */
function Filters({
  wanted,
  search,
}: {
  wanted: SearchQuery
  search: (changes: Partial<SearchQuery>) => void
}) {
  const t = useText()
  const styles = useStyles()
  const { language } = useSpoken()
  return (
    <div className={styles.filters}>
      <Field label={t.search.language}>
        <Select value={wanted.language} onChange={(_, { value }) => search({ language: value })}>
          <option value="">{t.search.anyLanguage}</option>
          {languages(language).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
          <option value="other">{t.search.otherLanguage}</option>
        </Select>
      </Field>
      <Field label={t.search.since}>
        <Input
          type="date"
          value={wanted.since}
          onChange={(_, { value }) => search({ since: value })}
        />
      </Field>
      <Field label={t.search.until}>
        <Input
          type="date"
          value={wanted.until}
          onChange={(_, { value }) => search({ until: value })}
        />
      </Field>
    </div>
  )
}

function Results({ wanted, search }: { wanted: SearchQuery; search: (q: string) => void }) {
  const t = useText()
  const styles = useStyles()
  const list = useSearch(wanted)
  const first = list.data?.pages[0]
  const hits = list.data?.pages.flatMap((page) => page.hits) ?? []
  const { q } = wanted
  if (!list.data) return <Asking query={list} />
  if (!hits.length)
    return <NothingFound q={q} meant={first?.did_you_mean ?? null} search={search} />
  return (
    <>
      <Asking query={list} />
      <RankedNewest count={first?.ranked_newest ?? null} />
      {byFile(hits).map((group) => (
        <section key={group[0]!.file_id}>
          <h2 className={styles.file}>
            <Link to={`/files/${group[0]!.file_id}`} className={styles.fileLink}>
              {group[0]!.file_name}
            </Link>{' '}
            <span className={styles.count}>{t.common.pages(group.length)}</span>
          </h2>
          <ul className={styles.list}>
            {group.map((hit) => (
              <li key={hit.page}>
                <Found hit={hit} q={q} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      <More list={list} />
    </>
  )
}

/** That nothing was found, and what may have been meant. */
export function NothingFound(props: {
  q: string
  meant: string | null
  search: (q: string) => void
}) {
  const { q, meant, search } = props
  const t = useText()
  return (
    <p role="status">
      {t.search.none(q)}{' '}
      {meant && (
        <>
          {t.search.didYouMean} <Button onClick={() => search(meant)}>{meant}</Button>
        </>
      )}
    </p>
  )
}

/** That more pages match than were ranked. */
export function RankedNewest({ count }: { count: number | null }) {
  const t = useText()
  const styles = useStyles()
  if (count === null) return null
  return (
    <p role="status" className={styles.hint}>
      {t.search.rankedNewest(count)}
    </p>
  )
}

function Found({ hit, q }: { hit: Hit; q: string }) {
  const t = useText()
  const styles = useStyles()
  return (
    <Link
      to={`/files/${hit.file_id}/pages/${hit.page}?q=${encodeURIComponent(q)}`}
      className={styles.hit}
    >
      <span className={styles.page}>{t.common.page(hit.page)}</span>
      {hit.doubts.length > 0 && (
        <span className={styles.doubted}>
          <ToLookAt />
        </span>
      )}
      {hit.snippet.map((piece, index) =>
        piece.hit ? (
          <mark key={index} className={styles.mark}>
            {piece.text}
          </mark>
        ) : (
          inLine(piece.text)
        ),
      )}
    </Link>
  )
}
