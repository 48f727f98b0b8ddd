import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { CloudEvent } from '../src/api/live'
import { KEPT_EVENTS } from '../src/app/Live'
import { EventList } from '../src/events/EventList'
import { LiveFlow } from '../src/events/LiveFlow'
import { Replay } from '../src/events/Replay'
import { useEvents } from '../src/events/useEvents'
import { TextProvider } from '../src/text'

const FIRST = Date.UTC(2026, 0, 1)
const AT_ONCE = 50

/** The event of so many seconds after the first. */
const event = (second: number): CloudEvent => ({
  id: String(second),
  type: 'lector.page.read',
  source: '/lector/llm',
  subject: 'f',
  time: new Date(FIRST + second * 1000).toISOString(),
  data: { generation: 1, pageNumber: second },
})
const until = (count: number) => Array.from({ length: count }, (_, second) => event(second))

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function place(): { root: HTMLElement; show: (what: ReactNode) => Promise<void> } {
  const root = document.body.appendChild(document.createElement('div'))
  const drawn = createRoot(root)
  const client = new QueryClient()
  const show = (what: ReactNode) =>
    act(async () => {
      drawn.render(
        <QueryClientProvider client={client}>
          <FluentProvider theme={webLightTheme}>
            <TextProvider>{what}</TextProvider>
          </FluentProvider>
        </QueryClientProvider>,
      )
      await vi.advanceTimersByTimeAsync(100)
    })
  return { root, show }
}

/** A server of which so many events are known, and how often it was asked for them. */
function server() {
  const known = { count: 0, asked: 0 }
  vi.stubGlobal('fetch', async ({ url }: Request) => {
    known.asked++
    const from = Number(new URL(url).searchParams.get('cursor') ?? known.count)
    const events = until(from).slice(-AT_ONCE).reverse()
    return Response.json({ events, next: from > AT_ONCE ? String(from - AT_ONCE) : null })
  })
  return known
}

test('however many events come, none between those that are shown is missing', async () => {
  const known = server()
  let shown: number[] = []
  function Shown({ fresh }: { fresh: CloudEvent[] }) {
    shown = useEvents({ type: '', file: '' }, fresh).events.map(({ id }) => Number(id))
    return null
  }
  const { show } = place()
  const come = async (count: number) => {
    known.count = count
    await show(<Shown fresh={until(count).slice(-KEPT_EVENTS)} />)
  }
  known.count = 10
  await show(<Shown fresh={[]} />)
  await come(10 + KEPT_EVENTS / 2)
  await act(() => vi.advanceTimersByTimeAsync(10_000))
  expect(known.asked).toBe(1)
  await come(2010)
  await come(2020)
  await act(() => vi.advanceTimersByTimeAsync(10_000))
  expect(known.asked).toBe(2)
  expect(shown).toEqual(Array.from({ length: KEPT_EVENTS }, (_, n) => 2019 - n))
})

test('the drawing says how much waits in the outbox and in the stream', async () => {
  const waiting = { unpublished: 2, to_open: 1, to_draw: 3, to_read: 4, in_line: 90 }
  vi.stubGlobal('fetch', async ({ url }: Request) =>
    Response.json(url.endsWith('/v1/backlog') ? waiting : { events: [], next: null }),
  )
  const { root, show } = place()
  await show(<LiveFlow fresh={[]} />)
  await act(() => vi.advanceTimersByTimeAsync(1000))
  expect(root.textContent).toContain('outbox table2 to publish')
  expect(root.textContent).toContain('LECTOR8 on the way')
  Object.assign(waiting, { unpublished: 0, to_open: 0, to_draw: 0, to_read: 0 })
  await act(() => vi.advanceTimersByTimeAsync(4000))
  expect(root.textContent).toContain('LECTORstream, 7 days')
})

test('a replay stays at its event when earlier ones are loaded', async () => {
  const { root, show } = place()
  const replay = (from: number) => (
    <Replay events={until(9).slice(from).reverse()} since={event(0).time} isWhole={false} />
  )
  const said = () => root.querySelector('[role=status]')!.textContent
  await show(replay(5))
  const forth = root.querySelector<HTMLElement>('[aria-label="One step on"]')!
  for (let step = 0; step < 6; step++) await act(async () => forth.click())
  const before = said()
  expect(before).toContain('Page 6')
  await show(replay(0))
  expect(said()).toBe(before)
})

test('of ten thousand events only those in sight are drawn', async () => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(32)
  const { root, show } = place()
  const events = until(10_000).reverse()
  await show(
    <MemoryRouter>
      <EventList events={events} names={new Map()} />
    </MemoryRouter>,
  )
  const drawn = root.querySelectorAll('button[aria-expanded]')
  expect(drawn.length).toBeGreaterThan(10)
  expect(drawn.length).toBeLessThan(100)
  expect(drawn[0]!.textContent).toContain('lector.page.read')
  vi.restoreAllMocks()
})
