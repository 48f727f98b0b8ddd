import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError, isRefusal } from './client'

/** Whether Lector does not know who asks: no token, or one that is worth nothing any more. */
export const isUnknown = (error: unknown) => error instanceof ApiError && error.status === 401

/** What was asked for and is kept. A Lector on this machine answers also where there is no network. */
export function newClient(): QueryClient {
  const onError = (error: unknown) => {
    if (isUnknown(error)) void client.invalidateQueries({ queryKey: ['me'] })
  }
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => query.queryKey[0] !== 'me' && onError(error),
    }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      mutations: { networkMode: 'always' },
      queries: {
        networkMode: 'always',
        refetchOnReconnect: true,
        retry: (count, error) => !isRefusal(error) && count < 5,
        refetchOnWindowFocus: false,
        staleTime: 30_000,
      },
    },
  })
  return client
}
