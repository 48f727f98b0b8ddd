// @vitest-environment node
import { expect, test } from 'vitest'
import { sha256 } from '../src/upload/digest'

test('a file is known by its SHA-256', async () => {
  expect(await sha256(new File(['abc'], 'a.pdf'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})
