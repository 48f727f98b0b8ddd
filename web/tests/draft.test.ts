import { expect, test } from 'vitest'
import { begin, isOpen, spotsNow, take, typed, type Draft } from '../src/check/draft'
import type { Spot } from '../src/reading/spots'

const TEXT = 'Sum 147.00 of brass lamps.'

function spot(kind: Spot['kind'], text: string, other: string | null, start?: number): Spot {
  const at = start ?? TEXT.indexOf(text)
  return { kind, text, other, start: at, end: at + text.length, confidence: null, boxes: [] }
}

const NUMBER = spot('near', '147.00', '174.00')
const BRASS = spot('alone', 'brass', null)
const OIL = spot('missing', '', 'oil', TEXT.indexOf(' lamps'))
const draft = () => begin(TEXT, [NUMBER, BRASS, OIL])

/** What stands at each mark. */
const marked = ({ text, marks }: Draft) => marks.map(({ start, end }) => text.slice(start, end))

test('the other reading takes the place of this one, and what follows moves with it', () => {
  const longer = begin(TEXT, [{ ...NUMBER, other: '1,740.00' }, BRASS])
  const after = take(longer, 0, 'other')
  expect(after.text).toBe('Sum 1,740.00 of brass lamps.')
  expect(marked(after)).toEqual(['1,740.00', 'brass'])
})

test('what was taken can be taken back', () => {
  for (const index of [0, 1, 2]) {
    const after = take(take(draft(), index, 'other'), index, 'own')
    expect(after.text.replaceAll('  ', ' ')).toBe(TEXT)
    expect(take(take(after, index, 'other'), index, 'own').text).toBe(after.text)
  }
})

test('a word that only this text has goes with one of the spaces around it', () => {
  expect(take(draft(), 1, 'other').text).toBe('Sum 147.00 of lamps.')
})

test('a word at the end goes with the space before it', () => {
  const text = 'of lamps'
  const alone = { ...spot('alone', 'lamps', null), start: 3, end: 8 }
  expect(take(begin(text, [alone]), 0, 'other').text).toBe('of')
})

test('a word that is missing is put in with the spaces that it needs', () => {
  expect(take(draft(), 2, 'other').text).toBe('Sum 147.00 of brass oil lamps.')
  const first = { ...OIL, start: 0, end: 0 }
  expect(take(begin('lamps', [first]), 0, 'other').text).toBe('oil lamps')
  const last = { ...OIL, start: 5, end: 5 }
  expect(take(begin('lamps.', [last]), 0, 'other').text).toBe('lamps oil.')
})

test('several readings can be taken, in any order', () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]) {
    const after = order.reduce((one, index) => take(one, index, 'other'), draft())
    expect(after.text.replaceAll('  ', ' ')).toBe('Sum 174.00 of oil lamps.')
    expect(after.marks.some(isOpen)).toBe(false)
  }
})

test('to take this reading changes nothing but that it is decided', () => {
  const after = take(draft(), 0, 'own')
  expect(after.text).toBe(TEXT)
  expect(after.marks.map(isOpen)).toEqual([false, true, true])
  expect(spotsNow(after).map(({ kind }) => kind)).toEqual(['same', 'alone', 'missing'])
})

test('what is typed before a mark moves it, and behind it leaves it', () => {
  const before = typed(draft(), `The ${TEXT}`)
  expect(marked(before)).toEqual(['147.00', 'brass', ''])
  expect(before.marks.map(isOpen)).toEqual([true, true, true])
  const behind = typed(draft(), `${TEXT} Yes.`)
  expect(marked(behind)).toEqual(['147.00', 'brass', ''])
})

test('a word that is typed over is decided and still shown on the image', () => {
  const after = typed(draft(), TEXT.replace('147', '174'))
  expect(after.marks.map(isOpen)).toEqual([false, true, true])
  expect(marked(after)).toEqual(['174.00', 'brass', ''])
})

test('words that are deleted together are all decided', () => {
  const after = typed(draft(), 'Sum')
  expect(after.marks.some(isOpen)).toBe(false)
  for (const { start, end } of after.marks) {
    expect(start).toBeLessThanOrEqual(end)
    expect(end).toBeLessThanOrEqual(after.text.length)
  }
})

test('marks stay within the text and in order whatever is typed', () => {
  let now = draft()
  let seed = 7
  const random = (below: number) => (seed = (seed * 16807) % 2147483647) % below
  for (let step = 0; step < 500; step++) {
    const from = random(now.text.length + 1)
    const to = Math.min(now.text.length, from + random(6))
    const put = 'ab 🙂'.slice(0, random(6))
    now =
      step % 7 === 0
        ? take(now, random(3), random(2) ? 'own' : 'other')
        : typed(now, now.text.slice(0, from) + put + now.text.slice(to))
    for (const { start, end } of now.marks) {
      expect(start).toBeGreaterThanOrEqual(0)
      expect(start).toBeLessThanOrEqual(end)
      expect(end).toBeLessThanOrEqual(now.text.length)
    }
  }
})

test('a word of which its only reader is not sure is to be looked at', () => {
  const unsure = { ...spot('plain', 'brass', null), confidence: 40 }
  const sure = { ...spot('plain', 'lamps', null), confidence: 90 }
  expect(begin(TEXT, [unsure, sure]).marks.map(isOpen)).toEqual([true, false])
})
