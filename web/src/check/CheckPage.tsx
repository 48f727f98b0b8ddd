import { makeStyles, MessageBar, MessageBarBody, tokens } from '@fluentui/react-components'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import type { DoubtedPage, LectorFile } from '../api/client'
import { pageQuery, useDoubted, useFile } from '../api/queries'
import { PageOfFile } from '../reading/PageOfFile'
import { useError, useHeading } from '../shared/hooks'
import { Loading, Missing } from '../shared/States'
import { useSpoken, useText } from '../text'
import { Checking } from './Checking'

const useStyles = makeStyles({
  title: {
    margin: '0 0 12px',
    fontSize: tokens.fontSizeBase600,
    lineHeight: tokens.lineHeightBase600,
  },
  saved: { marginBottom: '8px' },
})

const pathOf = ({ file_id, page }: DoubtedPage) => `/check/${file_id}/${page}`

/** Pages to look at, one after the other, those first against which most speaks. */
export default function CheckPage() {
  const t = useText()
  const { id, number } = useParams()
  const navigate = useNavigate()
  const list = useDoubted()
  const pages = list.data?.pages.flatMap((one) => one.pages)
  const [first] = pages ?? []
  // Whoever comes without a page gets the worst; of what comes while he looks at one, nothing moves.
  useEffect(() => {
    if (!id && first) void navigate(pathOf(first), { replace: true })
  }, [id, first, navigate])
  const [saved, setSaved] = useState<string | null>(null)
  const error = useError(list)
  if (error && !pages)
    return (
      <Missing
        title={t.check.title}
        none={t.check.title}
        error={error}
        again={list.refetch}
        to="/"
        back={t.app.back}
      />
    )
  if (!pages || (!id && first)) return <Loading />
  return (
    <>
      <Saved words={saved} />
      {id ? (
        <One
          key={`${id} ${number}`}
          id={id}
          number={Number(number)}
          pages={pages}
          count={list.data!.pages[0]!.count}
          setSaved={setSaved}
          loadMore={() => void (list.hasNextPage && list.fetchNextPage())}
        />
      ) : (
        <Nothing />
      )}
    </>
  )
}

/** Said aloud, too, as what was saved is no longer there. */
function Saved({ words }: { words: string | null }) {
  const styles = useStyles()
  return (
    <div role="status">
      {words && (
        <MessageBar intent="success" className={styles.saved}>
          <MessageBarBody>{words}</MessageBarBody>
        </MessageBar>
      )}
    </div>
  )
}

function Nothing() {
  const t = useText()
  const styles = useStyles()
  const heading = useHeading<HTMLHeadingElement>(t.check.title)
  return (
    <>
      <h1 {...heading} className={styles.title}>
        {t.check.title}
      </h1>
      <p>{t.check.none}</p>
      <p>{t.check.noneHint}</p>
    </>
  )
}

interface Shown {
  id: string
  number: number
  pages: DoubtedPage[]
  count: number
  setSaved: (words: string | null) => void
  loadMore: () => void
}

function One({ id, number, pages, count, setSaved, loadMore }: Shown) {
  const { t, language } = useSpoken()
  const navigate = useNavigate()
  const client = useQueryClient()
  const file = useFile(id)
  const page = useQuery(pageQuery(id, number, ''))
  const at = pages.findIndex(({ file_id, page }) => file_id === id && page === number)
  // It may be decided by somebody else meanwhile.
  const [cameFromList] = useState(at >= 0)
  const to = (one: DoubtedPage | undefined) =>
    one &&
    (() => {
      setSaved(null)
      void navigate(pathOf(one), { replace: true })
    })
  const following = at < 0 ? pages[0] : pages[at + 1]
  useEffect(() => {
    if (following) void client.prefetchQuery(pageQuery(following.file_id, following.page, ''))
    if (at >= pages.length - 3) loadMore()
  }, [client, following?.file_id, following?.page, at, pages.length])
  const on = ({ name }: LectorFile) => {
    setSaved(t.check.saved(number, name))
    // Whoever came for this page alone goes back to it.
    const alone = `/files/${id}/pages/${number}`
    const next = following ? pathOf(following) : '/check'
    void navigate(cameFromList ? next : alone, { replace: true })
  }
  return (
    <PageOfFile number={number} file={file} page={page} to="/" back={t.app.back}>
      {(file, page) => (
        <Checking
          file={file}
          page={page}
          place={at < 0 ? null : t.check.place(at + 1, count.toLocaleString(language))}
          go={{ previous: to(pages[at - 1]), next: to(following), on: () => on(file) }}
        />
      )}
    </PageOfFile>
  )
}
