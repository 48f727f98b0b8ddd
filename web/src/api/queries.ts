import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import {
  api,
  ApiError,
  sent,
  type CostQuestion,
  type LectorFile,
  type Page,
  type PageStatus,
  type Retry,
} from './client'
import type { Filter, Narrowed } from './lists'

/** Links to images are good for 15 minutes; they are asked for anew before that. */
const WHILE_LINKS_ARE_GOOD_MS = 10 * 60_000

export function useMe() {
  return useQuery({ queryKey: ['me'], queryFn: () => sent(api.GET('/v1/me')), staleTime: Infinity })
}

/** What all files have cost today (UTC), in US dollars; it is asked for again every minute. */
export function useSpentToday() {
  return useQuery({
    queryKey: ['today'],
    queryFn: () => sent(api.GET('/v1/me')),
    select: (me) => me.spent_today_usd,
    refetchInterval: 60_000,
  })
}

/** Who can read pages, the default one first. */
export function useReaders() {
  return useQuery({
    queryKey: ['readers'],
    queryFn: () => sent(api.GET('/v1/readers')),
    staleTime: Infinity,
  })
}

/** For how many days files are kept where nobody says otherwise; null: until somebody deletes them. */
export function useUsualKeeping() {
  return useQuery({
    queryKey: ['keeping'],
    queryFn: () => sent(api.GET('/v1/keeping')),
    select: ({ keep_days }) => keep_days,
  })
}

/** As many as a screen shows come first, and as many as the API gives at once when more are wanted. */
const FIRST_FILES = 50
const MORE_FILES = 200

/** What the API calls a filter. */
const wordsOf = ({ status, doubted, look, name, folder }: Narrowed) => ({
  status,
  ...(folder && { folder }),
  ...(look && { need_a_look: look }),
  ...(doubted && { doubted }),
  ...(name && { name }),
})

/** How many files a filter means, in each state, however many of them are shown. */
export function useTotals(narrowed: Narrowed) {
  const query = wordsOf(narrowed)
  return useQuery({
    queryKey: ['totals', query],
    queryFn: () => sent(api.GET('/v1/totals', { params: { query } })),
    placeholderData: keepPreviousData,
  })
}

export function useFiles(filter: Filter) {
  return useInfiniteQuery({
    queryKey: ['files', filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const query = {
        ...wordsOf(filter),
        sort: filter.sort,
        ...(pageParam ? { limit: MORE_FILES, cursor: pageParam } : { limit: FIRST_FILES }),
      }
      return sent(api.GET('/v1/files', { params: { query } }))
    },
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  })
}

export function fileQuery(id: string) {
  const params = { path: { file_id: id } }
  return {
    queryKey: ['file', id],
    queryFn: () => sent(api.GET('/v1/files/{file_id}', { params })),
  }
}

export function useFile(id: string) {
  return useQuery(fileQuery(id))
}

/** What reading a file costs, by what is known of its pages; asked for only if it is `wanted`. */
export function useEstimate({ id, progress }: LectorFile, wanted: boolean) {
  return useQuery({
    queryKey: ['file', id, 'estimate', progress.rendered],
    queryFn: () => sent(api.POST('/v1/estimate', { body: { file_id: id } })),
    enabled: wanted,
  })
}

/** What reading some pages costs, and how long it takes. */
export function useCostOf(asked: CostQuestion) {
  return useQuery({
    queryKey: ['estimate', asked],
    queryFn: () => sent(api.POST('/v1/estimate', { body: asked })),
    placeholderData: keepPreviousData,
  })
}

/** Which pages of a file: those in a state, or those whose text something speaks against. */
export type Wanted = PageStatus | 'doubted'

export function usePages(id: string, wanted: Wanted | null, enabled = true) {
  return useInfiniteQuery({
    queryKey: ['pages', id, wanted],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => {
      const only = wanted === 'doubted' ? { doubted: true } : wanted && { status: wanted }
      const query = { limit: 60, after: pageParam, text: false, ...only }
      return sent(
        api.GET('/v1/files/{file_id}/pages', { params: { path: { file_id: id }, query } }),
      )
    },
    getNextPageParam: (last) => last.next,
    staleTime: WHILE_LINKS_ARE_GOOD_MS,
    enabled,
  })
}

/** How many pages a strip of them asks for at once. */
export const AT_ONCE = 20

/** A part of a file's pages, without their text. */
export function pageRowsQuery(id: string, part: number) {
  const query = { limit: AT_ONCE, after: part * AT_ONCE, text: false }
  const params = { path: { file_id: id }, query }
  return {
    queryKey: ['pages', id, 'part', part],
    queryFn: () => sent(api.GET('/v1/files/{file_id}/pages', { params })),
    staleTime: WHILE_LINKS_ARE_GOOD_MS,
  }
}

/** Every page of a file, without its text. */
export function useAllPages(id: string) {
  return useQuery({
    queryKey: ['pages', id, 'all'],
    queryFn: async () => {
      const pages = []
      for (let after: number | null = 0; after !== null;) {
        const query = { limit: 1000, after, text: false }
        const params = { path: { file_id: id }, query }
        const answer: { pages: Page[]; next: number | null } = await sent(
          api.GET('/v1/files/{file_id}/pages', { params }),
        )
        pages.push(...answer.pages)
        after = answer.next
      }
      return pages
    },
    placeholderData: keepPreviousData,
  })
}

/** How much waits at each place; asked for again and again while somebody looks. */
export function useBacklog() {
  return useQuery({
    queryKey: ['backlog'],
    queryFn: () => sent(api.GET('/v1/backlog')),
    refetchInterval: 3000,
  })
}

/** Pages to look at, of all files; those first against which most speaks. */
export function useDoubted() {
  return useInfiniteQuery({
    queryKey: ['doubted'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const query = { limit: 50, ...(pageParam && { cursor: pageParam }) }
      return sent(api.GET('/v1/doubted-pages', { params: { query } }))
    },
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  })
}

/** How many pages there are to look at. */
export function useDoubtedCount() {
  return useQuery({
    queryKey: ['doubted', 'count'],
    queryFn: () => sent(api.GET('/v1/doubted-pages', { params: { query: { limit: 1 } } })),
    select: ({ count }) => count,
  })
}

export function pageQuery(id: string, number: number, highlight: string) {
  const params = { path: { file_id: id, number }, query: highlight ? { highlight } : {} }
  return {
    queryKey: ['page', id, number, highlight],
    queryFn: () => sent(api.GET('/v1/files/{file_id}/pages/{number}', { params })),
    staleTime: WHILE_LINKS_ARE_GOOD_MS,
  }
}

export function useVersions(id: string, number: number) {
  const params = { path: { file_id: id, number } }
  return useQuery({
    queryKey: ['page', id, number, 'versions'],
    queryFn: () => sent(api.GET('/v1/files/{file_id}/pages/{number}/versions', { params })),
  })
}

export function useComparison(id: string, number: number, from: number, to: number) {
  const params = { path: { file_id: id, number }, query: { from, to } }
  return useQuery({
    queryKey: ['page', id, number, 'compare', from, to],
    queryFn: () => sent(api.GET('/v1/files/{file_id}/pages/{number}/versions/compare', { params })),
  })
}

/** What is searched for: words, and where; an empty filter is none. */
export interface SearchQuery {
  q: string
  language: string
  since: string
  until: string
}

export function useSearch(wanted: SearchQuery) {
  return useInfiniteQuery({
    queryKey: ['search', wanted],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const { q, language, since, until } = wanted
      const query = {
        q,
        limit: 20,
        ...(language && { language }),
        ...(since && { since }),
        ...(until && { until }),
        ...(pageParam && { cursor: pageParam }),
      }
      return sent(api.GET('/v1/search', { params: { query } }))
    },
    getNextPageParam: (last) => last.next,
    enabled: wanted.q.trim() !== '',
    placeholderData: keepPreviousData,
  })
}

/** What a person wants a page's text to be, and which version of it he has seen. */
export interface Correction {
  id: string
  number: number
  version: number
  text: string
}

/** The API deletes 1,000 in one request; but their ids are its address, which proxies take up to 8 kB of. */
const DELETED_AT_ONCE = 100

/** So many requests are under way at once, however many things there are. */
const LANES = 4

/** Of these refusals the next request would get the same, or make it worse. */
const OF_ALL = [401, 403, 429]

/** Whether a refusal is about what was asked for alone, such as a file that is not there. */
const isOfOne = (error: unknown) =>
  error instanceof ApiError &&
  error.status >= 400 &&
  error.status < 500 &&
  !OF_ALL.includes(error.status)

/**
 * Ask about many things, some at once. What is refused for itself keeps nothing else from being asked;
 * any other failure ends it. The first error is thrown at the end.
 */
export async function inTurn(
  ids: string[],
  atOnce: number,
  ask: (ids: string[]) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const errors: unknown[] = []
  const lane = async () => {
    while (next < ids.length) {
      const some = ids.slice(next, (next += atOnce))
      await ask(some).catch((error: unknown) => {
        errors.push(error)
        if (!isOfOne(error)) next = ids.length
      })
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  if (errors.length) throw errors[0]
}

export function useActions() {
  const client = useQueryClient()
  const refresh = () =>
    Promise.all(
      ['files', 'totals', 'file', 'pages', 'page', 'doubted'].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    )
  const of = (file_id: string) => ({ params: { path: { file_id } } })
  const retry = useMutation({
    mutationFn: ({ id, ...body }: { id: string } & Retry) =>
      sent(api.POST('/v1/files/{file_id}/retry', { ...of(id), body })),
    onSettled: refresh,
  })
  const verify = useMutation({
    mutationFn: ({ id, ...body }: { id: string; pages: string }) =>
      sent(api.POST('/v1/files/{file_id}/verify', { ...of(id), body })),
    onSettled: refresh,
  })
  const cancel = useMutation({
    mutationFn: (id: string) => sent(api.POST('/v1/files/{file_id}/cancel', of(id))),
    onSettled: refresh,
  })
  const retryMany = useMutation({
    mutationFn: (ids: string[]) =>
      inTurn(ids, 1, ([id]) =>
        sent(api.POST('/v1/files/{file_id}/retry', { ...of(id!), body: {} })),
      ),
    onSettled: refresh,
  })
  const cancelMany = useMutation({
    mutationFn: (ids: string[]) =>
      inTurn(ids, 1, ([id]) => sent(api.POST('/v1/files/{file_id}/cancel', of(id!)))),
    onSettled: refresh,
  })
  const remove = useMutation({
    mutationFn: (ids: string[]) =>
      inTurn(ids, DELETED_AT_ONCE, (id) =>
        sent(api.DELETE('/v1/files', { params: { query: { id } } })),
      ),
    onSettled: refresh,
  })
  const restore = useMutation({
    mutationFn: ({ id, number, version }: { id: string; number: number; version: number }) => {
      const params = { path: { file_id: id, number, version } }
      const path = '/v1/files/{file_id}/pages/{number}/versions/{version}/restore'
      return sent(api.POST(path, { params }))
    },
    onSettled: refresh,
  })
  const correct = useMutation({
    mutationFn: ({ id, number, version, text }: Correction) => {
      const header = { 'If-Match': `"${version}"` }
      const params = { path: { file_id: id, number }, header }
      const path = '/v1/files/{file_id}/pages/{number}/text'
      return sent(api.PUT(path, { params, body: { text } }))
    },
    onSettled: refresh,
  })
  const allow = useMutation({
    mutationFn: ({ id, max_cost_usd }: { id: string; max_cost_usd: number }) =>
      sent(api.PATCH('/v1/files/{file_id}', { ...of(id), body: { max_cost_usd } })),
    onSettled: refresh,
  })
  const keep = useMutation({
    mutationFn: ({ id, keep_days }: { id: string; keep_days: number | null }) =>
      sent(api.PATCH('/v1/files/{file_id}', { ...of(id), body: { keep_days } })),
    onSettled: refresh,
  })
  return { retry, retryMany, verify, cancel, cancelMany, remove, restore, correct, allow, keep }
}
