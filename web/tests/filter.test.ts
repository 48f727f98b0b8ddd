import { expect, test } from 'vitest'
import { addressOf, addressOfFolder, EVERYTHING, filterIn } from '../src/files/filter'

test('a filter stands in the address, and nothing does where everything is shown', () => {
  const filter = {
    status: ['failed', 'incomplete'] as const,
    doubted: true,
    look: true,
    name: 'a & b',
    folder: 'letters/2026',
    sort: 'largest' as const,
  }
  const address = addressOf({ ...filter, status: [...filter.status] })
  expect(address.toString()).toBe(
    'status=failed&status=incomplete&doubted=true&look=true&name=a+%26+b&folder=letters%2F2026&sort=largest',
  )
  expect(filterIn(address)).toEqual(filter)
  expect(addressOf(EVERYTHING).toString()).toBe('')
  expect(filterIn(new URLSearchParams())).toEqual(EVERYTHING)
})

test('what is no state and no order is passed over', () => {
  expect(filterIn(new URLSearchParams('status=odd&status=failed&sort=odd'))).toEqual({
    ...EVERYTHING,
    status: ['failed'],
  })
})

test('a folder leads to its files alone', () => {
  expect(addressOfFolder('letters/2026')).toBe('/?folder=letters%2F2026')
})
