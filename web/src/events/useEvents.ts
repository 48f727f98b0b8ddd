import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api, sent } from '../api/client'
import type { CloudEvent } from '../api/live'
import { merged, type ShownEvent } from './way'

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
  const pages = list.data?.pages
  const events = useMemo(
    () =>
      merged(fresh, (pages?.flatMap((page) => page.events) ?? []) as ShownEvent[], { type, file }),
    [fresh, pages, type, file],
  )
  return { list, events }
}
