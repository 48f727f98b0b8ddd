import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Notifier } from '../src/app/Notifier'
import Preferences from '../src/app/Preferences'
import { TextProvider } from '../src/text'

const live = vi.hoisted(() => ({ events: [] as object[] }))
vi.mock('../src/app/Live', () => ({ useLive: () => live }))

const shows = vi.fn()
let hidden = true

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.stubGlobal('isSecureContext', true)
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden)
  hidden = true
  live.events = []
  shows.mockReset()
  localStorage.setItem('lector-notifications', 'on')
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  localStorage.clear()
  document.body.replaceChildren()
})

function browser(permission: NotificationPermission) {
  class Notification {
    static permission = permission
    static requestPermission = async () => permission
    constructor(title: string) {
      shows(title)
    }
  }
  vi.stubGlobal('Notification', Notification)
}

/** Something of the page, for a browser that knows a file which has ended. */
async function shown(children: ReactNode) {
  const client = new QueryClient()
  const progress = { read: 1, failed: 0, doubted: 0 }
  client.setQueryData(['file', 'f'], { id: 'f', name: 'a.pdf', status: 'completed', progress })
  const root = createRoot(document.body.appendChild(document.createElement('div')))
  const show = () =>
    act(async () =>
      root.render(
        <QueryClientProvider client={client}>
          <MemoryRouter>
            <FluentProvider theme={webLightTheme}>
              <TextProvider>{children}</TextProvider>
            </FluentProvider>
          </MemoryRouter>
        </QueryClientProvider>,
      ),
    )
  await show()
  return { root, show }
}

/** A file has ended while nobody looks; it is not told of yet. */
async function ended() {
  browser('granted')
  vi.useFakeTimers()
  live.events = [{ id: '1', type: 'lector.file.completed', subject: 'f' }]
  return shown(<Notifier />)
}

const later = () => act(() => vi.advanceTimersByTimeAsync(5000))

test('a file that has ended is told of while nobody looks', async () => {
  await ended()
  await later()
  expect(shows.mock.calls).toEqual([['a.pdf is read']])
})

test('who has come back meanwhile is told of nothing', async () => {
  await ended()
  hidden = false
  await later()
  expect(shows).not.toHaveBeenCalled()
})

test('a page that is left tells of nothing', async () => {
  const { root } = await ended()
  await act(async () => root.unmount())
  await later()
  expect(shows).not.toHaveBeenCalled()
})

test('that notices are not allowed is said where they were switched on', async () => {
  browser('denied')
  localStorage.clear()
  await shown(<Preferences choice="system" choose={() => {}} />)
  await act(async () => document.querySelector('button')!.click())
  const item = document.querySelector<HTMLElement>('[role=menuitemcheckbox]')!
  await act(async () => item.click())
  await vi.waitFor(
    () =>
      expect(document.querySelector('[role=dialog]')?.textContent).toContain(
        'The browser does not allow notices of this page.',
      ),
    4_000,
  )
})
