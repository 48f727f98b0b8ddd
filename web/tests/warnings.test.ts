import { expect, test } from 'vitest'
import { warningWords } from '../src/file/Warnings'

const attached = {
  code: 'attachments',
  detail: 'the PDF holds 1 other file, which is not read: a.csv',
} as const

test('a warning is told in Spanish, with the names that the server knows', () => {
  expect(warningWords(attached, 'es')).toEqual({
    what: 'El PDF lleva adjuntos otros archivos, que no se leen.',
    detail: 'The PDF holds 1 other file, which is not read: a.csv.',
  })
})

test('where the server says no more than the words do, it is not repeated', () => {
  const repaired = { code: 'repaired', detail: 'the PDF is damaged and was repaired' } as const
  expect(warningWords(repaired, 'es').detail).toBeNull()
})

test('in English, and of a warning that is not known, the server’s own sentence is shown', () => {
  expect(warningWords(attached, 'en').what).toBe(
    'The PDF holds 1 other file, which is not read: a.csv.',
  )
  expect(warningWords({ code: 'other', detail: 'it is odd.' }, 'es')).toEqual({
    what: 'It is odd.',
    detail: null,
  })
})
