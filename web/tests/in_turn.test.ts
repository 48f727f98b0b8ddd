import { expect, test } from 'vitest'
import { inTurn } from '../src/api/queries'

const ids = Array.from({ length: 250 }, (_, n) => String(n))

test('many things are asked about once each, a few requests at once', async () => {
  const asked: string[] = []
  let [open, most] = [0, 0]
  await inTurn(ids, 100, async (some) => {
    most = Math.max(most, ++open)
    await Promise.resolve()
    asked.push(...some)
    open--
  })
  expect(asked.sort()).toEqual([...ids].sort())
  expect(most).toBe(3)
})

test('after a refusal nothing more is asked', async () => {
  let asked = 0
  const refuse = async () => {
    asked++
    await Promise.resolve()
    throw new Error('no')
  }
  await expect(inTurn(ids, 1, refuse)).rejects.toThrow('no')
  expect(asked).toBe(4)
})
