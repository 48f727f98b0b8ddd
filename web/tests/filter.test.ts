import { expect, test } from 'vitest'
import { addressOf, EVERYTHING, filterIn } from '../src/files/filter'

test('a filter stands in the address, and nothing does where everything is shown', () => {
  const filter = {
    status: ['failed', 'incomplete'] as const,
    doubted: true,
    name: 'a & b',
    sort: 'largest' as const,
  }
  const address = addressOf({ ...filter, status: [...filter.status] })
  expect(address.toString()).toBe(
    'status=failed&status=incomplete&doubted=true&name=a+%26+b&sort=largest',
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
