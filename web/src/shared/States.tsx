import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  Spinner,
  tokens,
} from '@fluentui/react-components'
import { useEffect, useEffectEvent, useRef } from 'react'
import { Link } from 'react-router'
import { ApiError } from '../api/client'
import { Detail } from '../reading/DoubtNotice'
import { useSpoken, useText } from '../text'
import { type Failing, useCut, useError, useHeading, useOnline } from './hooks'
import { problemWords } from './problems'

const useStyles = makeStyles({
  spinner: { padding: '48px', justifyContent: 'center' },
  more: { display: 'flex', justifyContent: 'center', padding: '16px' },
  title: {
    margin: '0 0 12px',
    fontSize: tokens.fontSizeBase600,
    lineHeight: tokens.lineHeightBase600,
  },
})

/** What is on its way; where nothing comes, as there is no network or no Lector, it says so. */
export function Loading() {
  const t = useText()
  const styles = useStyles()
  const isCut = useCut()
  const online = useOnline()
  if (!isCut) return <Spinner className={styles.spinner} label={t.common.loading} />
  return (
    <div role="alert">
      <Spinner
        className={styles.spinner}
        label={online ? `${t.common.unreachable} ${t.common.triesAgain}` : t.common.offline}
      />
    </div>
  )
}

/** Asks once more; a question that is on its way is given up for it, unless that is not wanted. */
type Again = (options?: { cancelRefetch: boolean }) => unknown

/** What cannot be reached is asked for again so often while somebody looks. */
const AGAIN_MS = 5000

/** Asks again by itself for what could not be reached, once it is no longer on its way. */
function useAgain(away: boolean, again: Again | undefined) {
  const ask = useEffectEvent(() => document.hidden || again?.({ cancelRefetch: false }))
  useEffect(() => {
    if (!away) return
    const timer = setInterval(ask, AGAIN_MS)
    return () => clearInterval(timer)
  }, [away])
}

/** Refusals that may be none a moment later: too slow, changed meanwhile, too many at once. */
const PASSING = [408, 409, 425, 429]

/** Whether asking once more may be answered differently. */
const mayPass = (error: Error) =>
  !(error instanceof ApiError) ||
  error.status < 400 ||
  error.status >= 500 ||
  PASSING.includes(error.status)

interface Failed {
  error: Error
  again?: Again
  /** Whether what cannot be reached is asked for again without anybody's doing. */
  byItself?: boolean
}

/** What went wrong, in words, and a way to try again where that can help. */
export function Problem({ error, again, byItself = true }: Failed) {
  const { t, language } = useSpoken()
  const away = error instanceof ApiError && error.status === 0
  const { what, detail } = problemWords(error, language)
  const triesAgain = away && byItself && again !== undefined
  useAgain(triesAgain, again)
  // A refusal says by itself what to do; only what broke is looked up.
  const traceId = error instanceof ApiError && error.status >= 500 ? error.traceId : null
  return (
    <MessageBar intent={away ? 'warning' : 'error'} layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>{t.common.failed}</MessageBarTitle>
        {away ? t.common.unreachable : what}
        {triesAgain && ` ${t.common.triesAgain}`}
        {!away && <Detail detail={detail} />}
        <Detail detail={traceId && `X-Trace-Id: ${traceId}`} />
      </MessageBarBody>
      {again && mayPass(error) && (
        <MessageBarActions>
          <Button onClick={() => again()}>{t.common.retry}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  )
}

interface Question {
  query: Failing & { refetch: Again }
}

/** What there is to say of a question: what went wrong, or that its answer is on its way. */
export function Asking({ query }: Question) {
  const error = useError(query)
  if (error) return <Problem error={error} again={query.refetch} />
  return query.isPending ? <Loading /> : null
}

interface View {
  /** What is at this address where there is something. */
  title: string
  /** What is said in its place where there is nothing. */
  none: string
  error: Error
  again: Again
  /** Where to go on. */
  to: string
  back: string
}

/** A view that cannot be shown: under its heading stand the reason, and a way on. */
export function Missing({ title, none, error, again, to, back }: View) {
  const isNone = error instanceof ApiError && [400, 404].includes(error.status)
  const said = isNone ? none : title
  const heading = useHeading<HTMLHeadingElement>(said)
  return (
    <>
      <h1 {...heading} className={useStyles().title}>
        {said}
      </h1>
      <Problem error={error} again={again} />
      <p>
        <Link to={to}>{back}</Link>
      </p>
    </>
  )
}

interface List {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
}

/** The end of a list that goes on: loads more when it comes into sight, or by its button. */
export function More({ list }: { list: List }) {
  const t = useText()
  const styles = useStyles()
  const end = useRef<HTMLDivElement>(null)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  useEffect(() => {
    if (!hasNextPage || isFetchingNextPage || !end.current) return
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && fetchNextPage(), {
      rootMargin: '400px',
    })
    seen.observe(end.current)
    return () => seen.disconnect()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  if (!hasNextPage) return null
  return (
    <div ref={end} className={styles.more}>
      <Button onClick={() => fetchNextPage()} disabled={isFetchingNextPage}>
        {isFetchingNextPage ? t.common.loading : t.common.loadMore}
      </Button>
    </div>
  )
}
