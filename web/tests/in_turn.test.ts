import { expect, test } from 'vitest'
import { ApiError } from '../src/api/client'
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

/** How many things are asked about when every one is answered so, and what is thrown. */
async function answered(error: (id: string) => Error) {
  let asked = 0
  const refuse = async ([id]: string[]) => {
    asked++
    await Promise.resolve()
    throw error(id!)
  }
  const thrown = await inTurn(ids, 1, refuse).catch((error: Error) => error.message)
  return { asked, thrown }
}

test.each([404, 409, 422])(
  'what is refused for itself, by %i, keeps nothing else back',
  async (status) => {
    const refused = await answered((id) => new ApiError(status, 'not_uploaded', `no ${id}`))
    expect(refused).toEqual({ asked: 250, thrown: 'no 0' })
  },
)

test.each([0, 401, 403, 429, 500, 503])(
  'after a failure as %i nothing more is asked',
  async (status) => {
    const failed = await answered((id) => new ApiError(status, 'unexpected', `no ${id}`))
    expect(failed).toEqual({ asked: 4, thrown: 'no 0' })
  },
)
