import { expect, test } from 'vitest'
import { inLine } from '../src/search/snippet'

test('cells of a table are parted by dots where a hit is shown in a line', () => {
  const table = 'by quay | Quay | Lamps | | --- | :-: | | Alder Quay | 34 | | Mason'
  expect(inLine(table)).toBe('by quay · Quay · Lamps · Alder Quay · 34 · Mason')
})

test('around a hit the piece before and the one after have their dots', () => {
  expect([inLine('| Quay | '), inLine(' | Dark |')]).toEqual([' · Quay · ', ' · Dark · '])
})

test('a bar of the page, and a text without a table, stay as they are', () => {
  expect(inLine('Alder \\| Quay -- a - b')).toBe('Alder | Quay -- a - b')
})
