import { expect, test } from 'vitest'
import { roughly } from '../src/shared/format'
import { es } from '../src/text/es'

test('Spanish words agree with their numbers', () => {
  expect(es.files.failedFiles(1)).toBe('1 fallido o listo en parte')
  expect(es.files.failedFiles(2)).toBe('2 fallidos o listos en parte')
  expect([1, 2].map(es.files.lookFiles)).toEqual([
    '1 por revisar o fallido',
    '2 por revisar o fallidos',
  ])
  const left = [30, 60, 300, 3600, 9000].map((seconds) => es.files.left(roughly(seconds, 'es')))
  expect(left).toEqual([
    'quedan unos 30 s',
    'queda 1 min',
    'quedan unos 5 min',
    'queda 1 h 0 min',
    'quedan unas 2 h 30 min',
  ])
  expect([1, 2].map(es.upload.left)).toEqual(['falta 1', 'faltan 2'])
})
