import { FluentProvider } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { BrowserRouter } from 'react-router'
import { ApiError } from '../api/client'
import { useMe } from '../api/queries'
import { onChange, token } from '../api/session'
import { Loading, Problem } from '../shared/States'
import { TextProvider } from '../text'
import { UploadProvider } from '../upload/Uploads'
import { LiveProvider } from './Live'
import { Shell } from './Shell'
import { SignIn } from './SignIn'
import { useTheme } from './theme'

const refused = (error: unknown) =>
  error instanceof ApiError && error.status >= 400 && error.status < 500

function newClient() {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (count, error) => !refused(error) && count < 5,
        refetchOnWindowFocus: false,
        staleTime: 30_000,
      },
    },
  })
}

export function App() {
  const { theme, choice, choose } = useTheme()
  const secret = useSyncExternalStore(onChange, token)
  return (
    <TextProvider>
      <FluentProvider theme={theme} style={{ minHeight: '100vh', background: 'transparent' }}>
        <Session key={secret}>
          <Shell choice={choice} choose={choose} />
        </Session>
      </FluentProvider>
    </TextProvider>
  )
}

/** Everything that belongs to one who is signed in, or to all where nobody need be. */
function Session({ children }: { children: React.ReactNode }) {
  return (
    <QueryClientProvider client={newClient()}>
      <Door>{children}</Door>
    </QueryClientProvider>
  )
}

function Door({ children }: { children: React.ReactNode }) {
  const me = useMe()
  if (me.error instanceof ApiError && me.error.status === 401) return <SignIn />
  if (me.error) return <Problem error={me.error} again={() => void me.refetch()} />
  if (!me.data) return <Loading />
  return (
    <BrowserRouter>
      <LiveProvider>
        <UploadProvider limits={me.data.limits}>{children}</UploadProvider>
      </LiveProvider>
    </BrowserRouter>
  )
}
