import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { authorization, signIn, signInByAddress, token } from '../src/api/session'

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

afterEach(() => vi.unstubAllGlobals())

test('a token is kept for the tab, or for longer', () => {
  signIn('short', false)
  expect([sessionStorage.length, localStorage.length]).toEqual([1, 0])
  signIn('long', true)
  expect([sessionStorage.length, localStorage.length]).toEqual([0, 1])
})

test('the last token is the one that is sent', () => {
  signIn('worth nothing any more', false)
  signIn('new', true)
  expect([token(), authorization()]).toEqual(['new', { Authorization: 'Bearer new' }])
})

test('the code of an address is exchanged for a token, and leaves the address', async () => {
  const asked = vi.fn(async () => new Response('{"token": "drawn"}'))
  vi.stubGlobal('fetch', asked)
  history.replaceState(null, '', '/search?q=a#code=once')
  await signInByAddress()
  const headers = { Authorization: 'Bearer once' }
  expect(asked.mock.calls).toEqual([['/sign-in', { method: 'POST', headers }]])
  expect([token(), localStorage.length]).toEqual(['drawn', 0])
  expect(location.href).toMatch(/\/search\?q=a$/)
})

test('a code that was used leaves the page without a token', async () => {
  vi.stubGlobal('fetch', async () => new Response('{}', { status: 401 }))
  history.replaceState(null, '', '/#code=used')
  await signInByAddress()
  expect([token(), location.hash]).toEqual([null, ''])
})

test('an address without a code asks nobody', async () => {
  const asked = vi.fn()
  vi.stubGlobal('fetch', asked)
  await signInByAddress()
  expect(asked).not.toHaveBeenCalled()
})
