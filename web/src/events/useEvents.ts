import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import { api, sent } from '../api/client'
import type { CloudEvent } from '../api/live'
import { KEPT_EVENTS } from '../app/Live'
import { merged, type ShownEvent } from './way'

/** However fast events come, the history is not asked for again sooner. */
const ASKED_AGAIN_AFTER_MS = 3000

/** Which events are wanted; nothing of a kind means all. */
export interface Wanted {
  type: string
  file: string
}

/** What happened, from the server, and what happens meanwhile; the newest first. */
export function useEvents({ type, file }: Wanted, fresh: CloudEvent[]) {
  const list = useInfiniteQuery({
    queryKey: ['events', type, file],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const query = {
        ...(type && { type }),
        ...(file && { file }),
        ...(pageParam && { cursor: pageParam }),
      }
      return sent(api.GET('/v1/events/history', { params: { query } }))
    },
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  })
  useNoGap(fresh, list)
  const pages = list.data?.pages
  const events = useMemo(
    () =>
      merged(fresh, (pages?.flatMap((page) => page.events) ?? []) as ShownEvent[], { type, file }),
    [fresh, pages, type, file],
  )
  return { list, events }
}

interface List {
  isFetching: boolean
  isFetchingNextPage: boolean
  refetch: () => unknown
}

/** Asks for the history anew when so much has happened that fresh events no longer reach back to it. */
function useNoGap(fresh: CloudEvent[], { isFetching, isFetchingNextPage, refetch }: List) {
  /** The newest event that was there when the history was asked for. */
  const reached = useRef<string | null>(null)
  const isAsked = isFetching && !isFetchingNextPage
  const isCut = fresh.length >= KEPT_EVENTS && !fresh.some(({ id }) => id === reached.current)
  useEffect(() => {
    if (isAsked) reached.current = fresh.at(-1)?.id ?? null
    // What comes while it is asked for may be in no answer.
  }, [isAsked])
  useEffect(() => {
    if (!isCut || isFetching) return
    const timer = setTimeout(() => void refetch(), ASKED_AGAIN_AFTER_MS)
    return () => clearTimeout(timer)
  }, [isCut, isFetching, refetch])
}
