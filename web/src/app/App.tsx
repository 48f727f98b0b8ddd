import { FluentProvider } from '@fluentui/react-components'
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import {
  lazy,
  Suspense,
  useDeferredValue,
  useEffect,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { BrowserRouter } from 'react-router'
import { isUnknown, newClient } from '../api/cache'
import { useMe } from '../api/queries'
import { onChange, token } from '../api/session'
import { useError } from '../shared/hooks'
import { Loading, Problem } from '../shared/States'
import { TextProvider } from '../text'
import { UploadProvider } from '../upload/Uploads'
import { LiveProvider } from './Live'
import { Notifier } from './Notifier'
import { Shell } from './Shell'
import { useTheme } from './theme'

const SignIn = lazy(() => import('./SignIn'))

export function App() {
  const { theme, choice, choose } = useTheme()
  const secret = useSyncExternalStore(onChange, token)
  return (
    <TextProvider>
      <FluentProvider theme={theme} style={{ minHeight: '100vh', background: 'transparent' }}>
        <Session secret={secret}>
          <Shell choice={choice} choose={choose} />
        </Session>
      </FluentProvider>
    </TextProvider>
  )
}

/** Everything that belongs to one who is signed in, or to all where nobody need be. */
function Session({ secret, children }: { secret: string | null; children: ReactNode }) {
  const [client] = useState(newClient)
  useEffect(() => () => anew(client), [client, secret])
  return (
    <QueryClientProvider client={client}>
      <Door secret={secret}>{children}</Door>
    </QueryClientProvider>
  )
}

/** With another token, other files may be seen. */
function anew(client: QueryClient) {
  void client.invalidateQueries({ queryKey: ['me'] })
  void client.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' })
}

/** What was begun, such as uploads, stays behind the question for a new token. */
function Door({ secret, children }: { secret: string | null; children: ReactNode }) {
  const me = useMe()
  const error = useError(me)
  // The first drawing of the page is long; so a browser can do other things between.
  const known = useDeferredValue(me.data)
  const ask = isUnknown(me.error)
  const [asked, setAsked] = useState(ask)
  if (ask && !asked) setAsked(true)
  return (
    <>
      {known ? (
        <BrowserRouter>
          <UploadProvider limits={known.limits}>
            <LiveProvider secret={secret}>
              <Notifier />
              {children}
            </LiveProvider>
          </UploadProvider>
        </BrowserRouter>
      ) : ask ? null : error ? (
        <Problem error={error} again={me.refetch} />
      ) : (
        <Loading />
      )}
      {asked && (
        <Suspense>
          <SignIn open={ask} />
        </Suspense>
      )}
    </>
  )
}
