import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { onlineManager, QueryClientProvider } from '@tanstack/react-query'
import { act, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newClient } from '../src/api/cache'
import { useMe } from '../src/api/queries'
import { Loading, Problem } from '../src/shared/States'
import { TextProvider } from '../src/text'

const UNREACHABLE = 'Lector cannot be reached. Is it running? This page tries again by itself.'
let answer: () => Promise<Response>

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.stubGlobal('fetch', () => answer())
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  onlineManager.setOnline(true)
  document.body.replaceChildren()
})

const cut = () => Promise.reject(new TypeError('Failed to fetch'))
const me = async () => Response.json({ scopes: [] })
const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds))

/** As the page begins: nothing else is shown before it is known who asks. */
function Beginning(): ReactNode {
  const me = useMe()
  if (me.data) return 'here it is'
  return me.error ? <Problem error={me.error} again={() => void me.refetch()} /> : <Loading />
}

async function shown(retry: number): Promise<HTMLElement> {
  const client = newClient()
  const { queries } = client.getDefaultOptions()
  client.setDefaultOptions({ queries: { ...queries, retry } })
  const place = document.body.appendChild(document.createElement('div'))
  await act(async () =>
    createRoot(place).render(
      <QueryClientProvider client={client}>
        <FluentProvider theme={webLightTheme}>
          <TextProvider>
            <Beginning />
          </TextProvider>
        </FluentProvider>
      </QueryClientProvider>,
    ),
  )
  await pass(10)
  return place
}

test('what is only slow is loading', async () => {
  answer = () => new Promise(() => {})
  expect((await shown(5)).textContent).toBe('Loading')
})

test('while nothing answers the page says so, and shows what comes', async () => {
  answer = cut
  const place = await shown(5)
  expect(place.querySelector('[role=alert]')?.textContent).toBe(UNREACHABLE)
  answer = me
  await pass(40_000)
  expect(place.textContent).toBe('here it is')
})

test('what was given up is asked for again by itself', async () => {
  answer = cut
  const place = await shown(0)
  expect(place.querySelector('[role=alert]')?.textContent).toContain(UNREACHABLE)
  answer = me
  await pass(5000)
  expect(place.textContent).toBe('here it is')
})

test('without a network the page says so, and goes on when there is one', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  onlineManager.setOnline(false)
  answer = cut
  const place = await shown(5)
  expect(place.querySelector('[role=alert]')?.textContent).toContain('Offline')
  answer = me
  await act(async () => onlineManager.setOnline(true))
  await pass(40_000)
  expect(place.textContent).toBe('here it is')
})

test('without a network a Lector on this machine is asked all the same', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  onlineManager.setOnline(false)
  answer = me
  expect((await shown(5)).textContent).toBe('here it is')
})
