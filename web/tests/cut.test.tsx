import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { onlineManager, QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { act, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newClient } from '../src/api/cache'
import { useDoubtedCount, useMe, useUsualKeeping } from '../src/api/queries'
import { LiveProvider } from '../src/app/Live'
import { Asking } from '../src/shared/States'
import { TextProvider } from '../src/text'

const UNREACHABLE = 'Lector cannot be reached. Is it running? This page tries again by itself.'
let answer: (request: Request) => Promise<Response>
let client: QueryClient

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('fetch', (request: Request) => answer(request))
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
  return me.data ? 'here it is' : <Asking query={me} />
}

async function shown(retry: number, children: ReactNode = <Beginning />): Promise<HTMLElement> {
  client = newClient()
  const { queries } = client.getDefaultOptions()
  client.setDefaultOptions({ queries: { ...queries, retry } })
  const place = document.body.appendChild(document.createElement('div'))
  await act(async () =>
    createRoot(place).render(
      <QueryClientProvider client={client}>
        <FluentProvider theme={webLightTheme}>
          <TextProvider>{children}</TextProvider>
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

/** Something that was answered once, and what became of the question since. */
function Known(): ReactNode {
  const keeping = useUsualKeeping()
  return (
    <>
      {keeping.data} days
      <Asking query={keeping} />
    </>
  )
}

const days = (keep_days: number) => async () => Response.json({ keep_days })

/** What was answered is asked again in vain. */
async function known(): Promise<HTMLElement> {
  answer = days(1)
  const place = await shown(0, <Known />)
  answer = cut
  void client.invalidateQueries()
  await pass(10)
  expect(place.textContent).toContain('1 days')
  expect(place.textContent).toContain(UNREACHABLE)
  return place
}

test('an answer that takes longer than the pause between two questions is waited for', async () => {
  const place = await known()
  let asked = 0
  answer = async () => {
    asked += 1
    await new Promise((done) => setTimeout(done, 8000))
    return Response.json({ keep_days: 2 })
  }
  await pass(14_000)
  expect(place.textContent).toBe('2 days')
  expect(asked).toBe(1)
})

test('while nobody looks nothing is asked again', async () => {
  const place = await known()
  answer = days(2)
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  await pass(20_000)
  expect(place.textContent).toContain('1 days')
  hidden.mockReturnValue(false)
  await pass(5000)
  expect(place.textContent).toBe('2 days')
})

const tryAgain = () =>
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Try again')!

test('what failed is said, and its button keeps the focus, until there is an answer', async () => {
  answer = cut
  const place = await shown(0)
  tryAgain().focus()
  let end = (_: Response) => {}
  answer = () => new Promise((resolve) => (end = resolve))
  act(() => tryAgain().click())
  await pass(10)
  expect(place.textContent).toContain(UNREACHABLE)
  expect(document.activeElement).toBe(tryAgain())
  end(await me())
  await pass(10)
  expect(place.textContent).toBe('here it is')
})

test('what was refused is not said any more while it is asked again', async () => {
  answer = async () => Response.json({ code: 'token_needed', detail: '' }, { status: 401 })
  const place = await shown(0)
  expect(place.querySelector('[role=alert]')).toBeTruthy()
  answer = () => new Promise(() => {})
  act(() => void client.refetchQueries())
  await pass(10)
  expect(place.textContent).toBe('Loading')
})

/** How many pages there are to look at, where that is known. */
const Count = () => <i>{useDoubtedCount().data ?? '?'}</i>

test('what was given up elsewhere makes nothing unreachable that is only slow', async () => {
  answer = ({ url }) => (url.includes('doubted') ? cut() : new Promise(() => {}))
  const place = await shown(
    0,
    <>
      <Count />
      <Beginning />
    </>,
  )
  expect(place.textContent).toBe('?Loading')
})

const HELLO = new TextEncoder().encode('id: 1-1\nevent: hello\ndata: {}\n\n')
const EVENTS = '/v1/events'

test.each(['at first', 'later'])(
  'what was given up is asked again once Lector is there (%s)',
  async (when) => {
    vi.stubGlobal(
      'Request',
      class extends Request {
        constructor(input: RequestInfo | URL, init?: RequestInit) {
          super(input === EVENTS ? `http://lector${EVENTS}` : input, init)
        }
      },
    )
    let stream: ReadableStreamDefaultController
    const streaming = async () =>
      new Response(new ReadableStream({ start: (one) => (stream = one).enqueue(HELLO) }))
    const isStream = ({ url }: Request) => url.endsWith(EVENTS)
    answer = (request) => (isStream(request) && when === 'later' ? streaming() : cut())
    const place = await shown(
      0,
      <LiveProvider secret={null}>
        <Count />
      </LiveProvider>,
    )
    if (when === 'later') await pass(1000)
    expect(place.textContent).toBe('?')
    answer = (request) =>
      isStream(request) ? streaming() : Promise.resolve(Response.json({ pages: [], count: 7 }))
    if (when === 'later') await act(async () => stream.error(new TypeError('cut')))
    await pass(15_000)
    expect(place.textContent).toBe('7')
  },
)
