import { beforeEach, expect, test } from 'vitest'
import { authorization, signIn, token } from '../src/api/session'

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

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
