import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WholePage } from '../src/api/client'
import { Verify } from '../src/reading/Verify'
import { TextProvider } from '../src/text'

const verification = { status: 'verified', agreement: 0.98 }

function page(being_verified: boolean): WholePage {
  return { number: 1, provenance: 'model', verification, being_verified } as WholePage
}

beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => void vi.unstubAllGlobals())

test('a page is being verified until it says that this is over, whatever was found out', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => Response.json({}, { status: 202 })),
  )
  const place = document.body.appendChild(document.createElement('div'))
  const root = createRoot(place)
  const show = (shown: WholePage) =>
    act(async () =>
      root.render(
        <QueryClientProvider client={client}>
          <FluentProvider theme={webLightTheme}>
            <TextProvider>
              <Verify id="1" page={shown} />
            </TextProvider>
          </FluentProvider>
        </QueryClientProvider>,
      ),
    )
  const client = new QueryClient()
  await show(page(false))
  const button = place.querySelector('button')!
  expect(button.textContent).toBe('Verify')
  await act(async () => button.click())
  await act(async () => {
    await vi.waitFor(() => expect(client.isMutating()).toBe(0), 4_000)
    await new Promise((told) => setTimeout(told, 50)) // whoever has asked
  })
  await show(page(true))
  expect(button.textContent).toBe('Being verified')
  await show(page(false))
  expect(button.textContent).toBe('Verify')
  expect(button.disabled).toBe(false)
})
