import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { signIn } from '../src/api/session'
import { SmallImage } from '../src/shared/SmallImage'

/** What the browser calls when something comes into sight or leaves it; jsdom has no such thing. */
let observed: (entries: Pick<IntersectionObserverEntry, 'isIntersecting'>[]) => void
let asked: Request[]

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  asked = []
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request)
    return new Response(new Uint8Array([1, 2, 3]), { headers: { 'Content-Type': 'image/jpeg' } })
  })
  const Observer = class {
    constructor(callback: typeof observed) {
      observed = callback
    }
    observe() {}
    disconnect() {}
  }
  vi.stubGlobal('IntersectionObserver', Observer)
})
afterEach(() => {
  vi.useRealTimers()
  sessionStorage.clear()
  vi.unstubAllGlobals()
})

/** Shows the picture of a file of which so many pages are drawn; what it returns shows it anew. */
async function shown(place = document.createElement('div')) {
  document.body.append(place)
  const root = createRoot(place)
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const show = (drawn: number) =>
    act(async () =>
      root.render(
        <QueryClientProvider client={client}>
          <SmallImage fileId="f" number={3} version={null} width={180} drawn={drawn} />
        </QueryClientProvider>,
      ),
    )
  await show(1)
  return show
}

test('a small picture is asked for, with the token, when it comes into sight', async () => {
  signIn('secret', false)
  const place = document.createElement('div')
  await shown(place)
  expect(asked).toEqual([])
  act(() => observed([{ isIntersecting: true }]))
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false) // what is waited for is drawn by itself
  await vi.waitFor(() => expect(place.querySelector('img')).toBeTruthy(), 4000)
  expect(asked.map(({ url }) => new URL(url).pathname)).toEqual(['/v1/files/f/pages/3/image'])
  expect(asked[0]!.headers.get('Authorization')).toBe('Bearer secret')
  expect(place.querySelector('img')?.src).toBe('data:image/jpeg;base64,AQID')
})

test('a small picture that is only scrolled past is not asked for', async () => {
  vi.useFakeTimers()
  await shown()
  act(() => observed([{ isIntersecting: true }]))
  act(() => observed([{ isIntersecting: false }]))
  await act(() => vi.advanceTimersByTimeAsync(10_000))
  expect(asked).toEqual([])
})

test('a picture that is not there is asked for again when more pages are drawn, and not before', async () => {
  vi.useFakeTimers()
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request)
    return Response.json({ code: 'not_found', detail: 'there is no such page' }, { status: 404 })
  })
  const show = await shown()
  const see = async (isIntersecting: boolean) => {
    act(() => observed([{ isIntersecting }]))
    await act(() => vi.advanceTimersByTimeAsync(10_000))
  }
  await see(true)
  expect(asked).toHaveLength(1)
  await see(false)
  await see(true)
  await show(1)
  await act(() => vi.advanceTimersByTimeAsync(10_000))
  expect(asked).toHaveLength(1)
  await show(2)
  await act(() => vi.advanceTimersByTimeAsync(10_000))
  expect(asked).toHaveLength(2)
})
