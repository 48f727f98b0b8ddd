import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, useState, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Me } from '../src/api/client'
import { MOST_ZIPPED } from '../src/file/download'
import { FolderPath } from '../src/files/FolderPath'
import { ZipMenu } from '../src/files/ZipMenu'
import { TextProvider } from '../src/text'
import { DaysField } from '../src/upload/DaysField'
import { UploadPanel } from '../src/upload/UploadPanel'
import { UploadProvider, useUploads } from '../src/upload/Uploads'

beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => {
  document.body.replaceChildren()
  localStorage.clear()
  vi.unstubAllGlobals()
})

async function shown(children: ReactNode): Promise<HTMLElement> {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } })
  client.setQueryData(['readers'], { readers: [] })
  const place = document.body.appendChild(document.createElement('div'))
  await act(async () =>
    createRoot(place).render(
      <QueryClientProvider client={client}>
        <MemoryRouter>
          <FluentProvider theme={webLightTheme}>
            <TextProvider>{children}</TextProvider>
          </FluentProvider>
        </MemoryRouter>
      </QueryClientProvider>,
    ),
  )
  return place
}

/** The button or link of this name. */
const called = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('button, a')].find(
    ({ textContent }) => textContent === name,
  )!

const press = (name: string) =>
  act(async () => {
    called(name).focus()
    called(name).click()
  })

test('who goes up to a folder stands at its name', async () => {
  const Path = () => {
    const [folder, go] = useState('a/b/c')
    return <FolderPath folder={folder} go={go} />
  }
  const place = await shown(<Path />)
  expect(place.querySelector('li span')?.getAttribute('aria-hidden')).toBe('true')
  await press('b')
  expect(document.activeElement?.textContent).toBe('b')
  expect(document.activeElement?.getAttribute('aria-current')).toBe('page')
})

test('that too many files are selected for a zip is said, and its button can be reached', async () => {
  const ids = Array.from({ length: MOST_ZIPPED + 1 }, (_, at) => String(at))
  const place = await shown(<ZipMenu ids={ids} />)
  const button = place.querySelector('button')!
  expect([button.disabled, button.getAttribute('aria-disabled')]).toEqual([false, 'true'])
  expect(place.textContent).toContain(
    `At most ${MOST_ZIPPED.toLocaleString('en')} files go into one zip`,
  )
})

test('files that wait for somebody are announced, and the focus stays when they go up', async () => {
  vi.stubGlobal('fetch', () => new Promise<Response>(() => {}))
  const Take = () => {
    const { take, setAsks } = useUploads()
    const documents = [new File(['GIF89a'], 'a.gif')]
    return (
      <>
        <button onClick={() => setAsks(true)}>ask</button>
        <button onClick={() => take({ documents, skipped: [] })}>take</button>
      </>
    )
  }
  const place = await shown(
    <UploadProvider limits={{ max_file_bytes: 1e6 } as Me['limits']}>
      <Take />
      <UploadPanel />
    </UploadProvider>,
  )
  await press('ask')
  await press('take')
  await vi.waitFor(() => expect(called('Upload and read')).toBeTruthy(), 4_000)
  expect(place.querySelector('[role=status]')!.textContent).toBe('1 file waits for you')
  await press('Upload and read')
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Uploads')
})

test.each([
  ['Delete after (days)', { keep_days: '0' }, { keep_days: '30' }],
  ['Delete after (days)', { keep_days: '36501' }, {}],
  ['Delete after (days)', { keep_days: '1.5' }, {}],
  ['At most, in US dollars for each file', { max_cost: 'much' }, { max_cost: '0.5' }],
])('nothing is sent while %s holds what is wrong', async (field, wrong, right) => {
  // as where there is no https
  const { crypto } = globalThis
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  const asked: string[] = []
  vi.stubGlobal('fetch', ({ url }: Request) => {
    asked.push(new URL(url).pathname)
    return new Promise<Response>(() => {})
  })
  const Take = () => {
    const { take, setReading } = useUploads()
    const documents = [new File(['GIF89a'], 'a.gif')]
    return (
      <>
        <button onClick={() => setReading(wrong)}>wrong</button>
        <button onClick={() => setReading(right)}>right</button>
        <button onClick={() => take({ documents, skipped: [] })}>take</button>
      </>
    )
  }
  const place = await shown(
    <UploadProvider limits={{ max_file_bytes: 1e6 } as Me['limits']}>
      <Take />
      <UploadPanel />
    </UploadProvider>,
  )
  await press('wrong')
  await press('take')
  await vi.waitFor(() => expect(place.querySelector('[role=alert]')?.textContent).toContain(field))
  expect(called('Upload and read').getAttribute('aria-disabled')).toBe('true')
  await press('Upload and read')
  // as Enter does in the field of a password
  await act(async () => place.querySelector('form')!.requestSubmit())
  await act(() => new Promise((resolve) => setTimeout(resolve, 20)))
  expect(asked).not.toContain('/v1/files')
  await press('right')
  expect(place.querySelector('[role=alert]')).toBe(null)
  await press('Upload and read')
  await vi.waitFor(() => expect(asked).toContain('/v1/files'))
})

test('what is typed as days stays as it is, and is said to be wrong', async () => {
  const Days = () => {
    const [days, change] = useState('')
    return <DaysField days={days} change={change} hint="" />
  }
  const place = await shown(<Days />)
  const input = place.querySelector('input')!
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!
  await act(async () => {
    set.call(input, '1.5')
    input.dispatchEvent(new Event('input', { bubbles: true }))
  })
  expect(input.value).toBe('1.5')
  expect(place.textContent).toContain('From 1 to 36,500 days')
})
