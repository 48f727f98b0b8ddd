import {
  hashKey,
  useQueryClient,
  type InfiniteData,
  type Query,
  type QueryClient,
  type QueryFilters,
  type QueryKey,
} from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { isRefusal, type LectorFile } from '../api/client'
import { withFile, withoutFile, type FileList, type Filter } from '../api/lists'
import { useNotified } from './notifications'
import { follow, type CloudEvent, type Listener, type LiveState } from '../api/live'

/** So many events are kept, the newest ones; who wants more asks the server. */
export const KEPT_EVENTS = 500
const HIDDEN_FOR_MS = 5 * 60_000
/** Pages of a file that is being read are asked for once in a while, however fast they come. */
const PAGES_EVERY_MS = 1000
/** All files are counted anew for this, which takes longer. */
const TOTALS_EVERY_MS = 3000

/** By these events pages are to be looked at, or no more. */
const JUDGED = /^lector\.page\.(read|corrected|restored|verified)$/

interface Live {
  state: LiveState
  events: CloudEvent[]
}

const Context = createContext<Live>({ state: 'connecting', events: [] })
export const useLive = () => useContext(Context)

/** One stream for the whole page: what comes is put where it is shown. */
export function LiveProvider({ secret, children }: { secret: string | null; children: ReactNode }) {
  const client = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  const [events, setEvents] = useState<CloudEvent[]>([])
  // who is to be told of what happens while nobody looks needs it then, too
  const isSeen = useSeen()
  const seen = useNotified() || isSeen
  useEffect(() => {
    if (!seen) return
    const stop = new AbortController()
    const cache = listening(client)
    const event = (one: CloudEvent) => {
      cache.event(one)
      setEvents((kept) => [...kept.slice(1 - KEPT_EVENTS), one])
    }
    let began = false
    let was: LiveState | null = null
    const changed = (now: LiveState) => {
      if (now === was) return // it is said with each event
      was = now
      setState(now)
      if (now !== 'live') return
      // what happened between an earlier answer and this moment was not seen
      if (!began) cache.reset()
      began = true
      cache.recover()
    }
    void follow('/v1/events', { ...cache, event, state: changed }, stop.signal)
    return () => {
      stop.abort()
      cache.stop()
    }
  }, [client, seen, secret])
  const live = useMemo(() => ({ state, events }), [state, events])
  return <Context value={live}>{children}</Context>
}

/** Whether somebody looks, or did not long ago. */
function useSeen(): boolean {
  const [seen, setSeen] = useState(true)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const look = () => {
      clearTimeout(timer)
      if (document.hidden) timer = setTimeout(() => setSeen(false), HIDDEN_FOR_MS)
      else setSeen(true)
    }
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
  return seen
}

/** What the stream tells, entered into what was asked for before. */
export function listening(client: QueryClient): Required<
  Pick<Listener, 'event' | 'file' | 'gone' | 'reset'>
> & {
  /** Ask again for what was given up while Lector was away. */
  recover: () => void
  stop: () => void
} {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>()
  const soon = (key: string, act: () => void, pause = PAGES_EVERY_MS) => {
    if (waiting.has(key)) return
    waiting.set(
      key,
      setTimeout(() => (waiting.delete(key), act()), pause),
    )
  }
  const count = () => soon('totals', () => renew(client, ['totals']), TOTALS_EVERY_MS)
  const askAgain = (queryKey: QueryKey) =>
    soon(hashKey(queryKey), () =>
      client.isFetching({ queryKey }) ? askAgain(queryKey) : renew(client, queryKey),
    )
  // An answer on its way may be of before: it would be put over what the stream has told since.
  const doubt = (filters: QueryFilters) => {
    const asked = client.getQueryCache().findAll({ ...filters, fetchStatus: 'fetching' })
    asked.forEach((query) => askAgain(query.queryKey))
  }
  return {
    file: (file) => {
      ;[['files'], ['file', file.id]].forEach((queryKey) => doubt({ queryKey }))
      enter(client, file, () => askAgain(['files']))
      count()
    },
    gone: (id) => {
      doubt({ queryKey: ['files'] })
      forget(client, id)
      count()
    },
    reset: () => {
      const isAnswered = ({ state }: Query) => state.data !== undefined
      doubt({ predicate: (query) => !isAnswered(query) })
      void client.invalidateQueries({ predicate: isAnswered })
    },
    recover: () => {
      const predicate = ({ state: { error } }: Query) => error !== null && !isRefusal(error)
      void client.refetchQueries({ type: 'active', predicate }, { cancelRefetch: false })
    },
    event: ({ subject, type, data }) => {
      if (!type.startsWith('lector.page')) return
      askAgain(['pages', subject])
      if (JUDGED.test(type)) askAgain(['doubted'])
      if (!data.pageNumber) return
      const queryKey = ['page', subject, data.pageNumber]
      doubt({ queryKey })
      renew(client, queryKey)
    },
    stop: () => waiting.forEach((timer) => clearTimeout(timer)),
  }
}

function renew(client: QueryClient, queryKey: QueryKey) {
  void client.invalidateQueries({ queryKey })
}

function enter(client: QueryClient, file: LectorFile, askAgain: () => void) {
  client.setQueryData(['file', file.id], file)
  for (const [key, lists] of client.getQueriesData<InfiniteData<FileList, string | null>>({
    queryKey: ['files'],
  })) {
    const changed = lists && withFile(lists, key[1] as Filter, file)
    if (changed) client.setQueryData(key, changed)
    else if (lists) askAgain()
  }
}

function forget(client: QueryClient, id: string) {
  client.removeQueries({ queryKey: ['pages', id] })
  client.setQueriesData<InfiniteData<FileList, string | null>>({ queryKey: ['files'] }, (lists) =>
    lists ? withoutFile(lists, id) : lists,
  )
  renew(client, ['file', id])
  renew(client, ['doubted'])
}
